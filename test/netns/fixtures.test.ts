import assert from 'node:assert/strict';
import { parseVersion } from '../../src/iptables/printer.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { openNamespace } from '../../src/system/namespace.ts';
import type { Place } from '../support/kernel-table.ts';
import { findRefused, storeRules, toolsOf } from '../support/kernel-table.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import { remark } from '../support/reading.ts';
import type { RuleCase } from '../support/rule-cases.ts';
import { ruleCases } from '../support/rule-cases.ts';

/** The version that printed the fixtures. */
const VERSION = [1, 8, 9];

/** What rules of the fixtures jump to. */
const CHAINS = ['own', 'a.b:c', 'x-p', '#1', 'mark'];

const SETS = [
  ['hosts', 'hash:ip', 'counters', 'timeout', '0'],
  ['nets', 'hash:net,iface'],
  ['marks', 'hash:ip', 'skbinfo'],
];

async function makeSets({ execute }: Namespace): Promise<boolean> {
  for (const set of SETS) {
    const { exitCode } = await execute({ argv: ['ipset', 'create', ...set] });
    if (exitCode !== 0) return false;
  }
  return true;
}

function placesOf(cases: readonly RuleCase[]): Map<string, RuleCase[]> {
  const places = new Map<string, RuleCase[]>();
  for (const one of cases) {
    for (const chain of one.chains) {
      const place = [one.family, one.table, chain].join(' ');
      places.set(place, [...(places.get(place) ?? []), one]);
    }
  }
  return places;
}

for (const backend of BACKENDS) {
  describe(`the lines of fixtures/iptables, ${backend}`, function () {
    this.timeout(60_000);
    let namespace: Namespace;
    let hasSets: boolean;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      namespace = await openNamespace();
      hasSets = await makeSets(namespace);
      assert.ok(hasSets || process.geteuid?.() !== 0);
    });

    after(() => namespace.close());

    it('are what the installed iptables prints, if that is 1.8.9', async () => {
      const { save } = toolsOf(backend, 'ipv4');
      const version = await namespace.mustRun({ argv: [save, '-V'] });
      if (parseVersion(version)?.version.join('.') !== VERSION.join('.')) {
        remark(`not compared: they are of ${VERSION.join('.')}, and here is ${version.trim()}`);
        return;
      }
      const cases = ruleCases().filter(({ file, backends }) => {
        return backends.includes(backend) && (hasSets || file !== 'set.t');
      });
      let printed = 0;
      for (const [place, ofPlace] of placesOf(cases))
        printed += await compare(ofPlace, place.split(' ').at(-1) ?? '');
      remark(`${String(printed)} rules of ${String(cases.length)} lines${hasSets ? '' : ', no ipset'}`);
    });

    async function compare(cases: readonly RuleCase[], chain: string): Promise<number> {
      const [first] = cases;
      assert.ok(first);
      const place: Place = { backend, family: first.family, table: first.table, chain };
      const batch = {
        rules: cases.map(({ typed }) => typed),
        chains: first.table === 'filter' ? CHAINS : [],
      };
      const stored = await storeRules(namespace, place, batch);
      if (stored.kind === 'refused') assert.fail((await findRefused(namespace, place, batch)).join('\n'));
      assert.deepEqual(
        stored.texts.map((text, index) => `${batch.rules[index] ?? ''};${text}`),
        cases.map(({ typed, saved }) => `${typed};${saved}`),
      );
      return stored.texts.length;
    }
  });
}
