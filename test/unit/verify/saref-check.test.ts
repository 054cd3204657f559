import assert from 'node:assert/strict';
import type { Check } from '../../../src/verify/check.ts';
import { checkSarefs } from '../../../src/verify/saref-check.ts';
import { compiledOf } from '../../support/compiled.ts';
import { wordsOf } from '../../support/parsed.ts';

const HEAD = '000 using kernel interface: mast\n';

/** A conn as pluto lists it, with its SArefs if it is up; `rw[2]` is an instance. */
function listed(name: string, refhim?: number | 'none'): string {
  const [, conn = '', instance = ''] = /^([^[]+)(.*)$/.exec(name) ?? [];
  const quoted = `"${conn}"${instance}`;
  const topology = `000 ${quoted}: 10.9.1.0/24===192.0.2.1<192.0.2.1>...198.51.100.1<198.51.100.1>===192.168.0.0/24; unrouted; eroute owner: #0\n`;
  if (refhim === undefined) return topology;
  const refs = refhim === 'none' ? '' : ` ref=${String(refhim - 1)} refhim=${String(refhim)}`;
  return `${topology}000 #7: ${quoted} esp.1@198.51.100.1 esp.2@192.0.2.1${refs}\n`;
}

function said(sarefs: string, ...lines: readonly string[]): Check {
  const { plan } = compiledOf(
    `version: 1\nsarefs: { ${sarefs} }\nentries: [{ conn: ${sarefs.split(':').at(0) ?? ''}, dst: 192.168.0.0/24 }]\n`,
  );
  return checkSarefs(plan, { kind: 'status', text: [HEAD, ...lines].join('') });
}

function wordsOfAll({ diagnostics }: Check): string[] {
  return diagnostics.map(wordsOf);
}

describe('the SArefs of a plan', () => {
  it('are those in use', () => {
    const check = said('lab: 18', listed('lab', 18));
    assert.deepEqual(
      [check.result, check.text, check.diagnostics],
      ['ok', 'those of the policy are in use', []],
    );
    assert.equal(said('lab: down', listed('lab')).result, 'ok');
  });

  const cases = [
    [
      'another one',
      [listed('lab', 20)],
      'SM4009 lab: its packets are marked with SAref 18, and pluto sends by SAref 20',
    ],
    [
      'none, for it is down',
      [listed('lab')],
      'SM4009 lab: its packets are marked with SAref 18, and pluto has no SA for it',
    ],
    [
      'none, for pluto knows it not',
      [listed('other', 18)],
      'SM4009 lab: its packets are marked with SAref 18, and pluto knows no such conn',
    ],
  ] as const;
  for (const [what, lines, words] of cases) {
    it(`are not in use where the conn has ${what}`, () => {
      const check = said('lab: 18', ...lines);
      assert.deepEqual([check.result, check.text], ['failed', 'not all of those of the policy are in use']);
      assert.deepEqual(wordsOfAll(check), [words]);
    });
  }

  it('may be that of any instance of a template', () => {
    const { plan } = compiledOf(
      'version: 1\nsarefs: {}\nentries: [{ conn: rw, saref: 18, dst: 192.168.0.0/24 }]\n',
    );
    const text = [HEAD, listed('rw[1]', 16), listed('rw[2]', 18)].join('');
    assert.equal(checkSarefs(plan, { kind: 'status', text }).result, 'ok');
  });

  it('leave out, with a warning, a conn that is up', () => {
    const check = said('lab: down', listed('lab', 18));
    assert.equal(check.result, 'ok');
    assert.deepEqual(wordsOfAll(check), ['SM4013 lab: counts as down, and is up by SAref 18']);
  });

  it('are not shown by some stacks: said as well', () => {
    const check = said('lab: 18', listed('lab', 'none'));
    assert.deepEqual(
      check.diagnostics.map(({ code }) => code),
      ['SM4009', 'SM2102'],
    );
  });

  it('cannot be looked at where there is no pluto, which is no fault', () => {
    const { plan } = compiledOf('version: 1\nsarefs: { lab: 18 }\nentries: []\n');
    const check = checkSarefs(plan, { kind: 'no ipsec' });
    assert.deepEqual([check.result, check.diagnostics], ['not checked', []]);
  });

  it('cannot be looked at where pluto is silent or unreadable, which is one', () => {
    const { plan } = compiledOf('version: 1\nsarefs: { lab: 18 }\nentries: []\n');
    const silent = checkSarefs(plan, { kind: 'no answer', why: 'ipsec auto --status: timed out' });
    assert.deepEqual([silent.result, silent.diagnostics[0]?.code], ['not checked', 'SM4007']);
    assert.match(String(silent.diagnostics[0]?.detail), /:\nipsec auto --status: timed out$/);
    const odd = checkSarefs(plan, { kind: 'status', text: 'no status' });
    assert.deepEqual([odd.result, odd.diagnostics[0]?.code], ['not checked', 'SM2101']);
  });
});
