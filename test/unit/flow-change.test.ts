import assert from 'node:assert/strict';
import { aimBackTo, aimOf, concernsFlows, flowChange } from '../../src/flow-change.ts';
import type { FlowChange } from '../../src/flow-change.ts';
import type { HostState } from '../../src/host/state.ts';
import { emptyHost, withMangle } from '../../src/host/state.ts';
import { withRekey } from '../../src/lower/rekey.ts';
import type { Compiled } from '../../src/pipeline.ts';
import { goalBackTo } from '../../src/state/goal.ts';
import { compiledOf } from '../support/compiled.ts';
import { hostOf } from '../support/hosts.ts';

const POLICY = `version: 1
tracking: flow
sarefs: { a: 1, b: 2 }
entries:
  - { conn: a, dst: 192.168.0.0/24 }
  - { conn: b, dst: 192.168.1.0/24 }
`;
const NOW = compiledOf(POLICY);
const BY_PACKET = compiledOf(POLICY.replace('flow', 'packet'));
const LOCAL = 'local 10.9.1.1 dev lo\n';

function line(dst: string, saref: number): string {
  const ends = `src=10.9.1.1 dst=${dst} sport=4000 dport=53 src=${dst} dst=10.9.1.1 sport=53 dport=4000`;
  return `udp 17 29 ${ends} mark=${String(0x80000000 + saref * 0x10000)} use=1\n`;
}

function change(policy: string, listing: string | undefined, live = NOW.host): FlowChange {
  return flowChange(compiledOf(policy), live, { running: { listing, local: LOCAL } });
}

function rekeyIn({ tables }: HostState): number {
  return tables.mangle.chains.get('SAREF-REKEY')?.rules.length ?? 0;
}

const ALIASED = `version: 1
sarefs: { a: 1 }
entries: [{ conn: a, dst: 192.168.0.0/24, alias: 10.101.0.0/24 }]
`;

describe('aimBackTo', () => {
  it('has rules that running flows need there once, though the state had some already', () => {
    const translations = [{ conn: 'a', from: 0x80090000, to: 0x80010000 }];
    const before = withRekey(NOW.host, translations);
    const aim = aimBackTo(goalBackTo(before, NOW.ours), before);
    const silent = { listing: line('192.168.0.5', 9), local: LOCAL };
    assert.deepEqual(aim.at(before, silent).targetOn(before), before);
    assert.deepEqual(aim.at(before, { listing: '', local: LOCAL }).targetOn(before), NOW.host);
  });
});

describe('flowChange of an alias', () => {
  const without = ALIASED.replace(', alias: 10.101.0.0/24', '');
  const [aliased, plain] = [compiledOf(ALIASED), compiledOf(without)];
  const unmarked = line('10.101.0.7', 1).replace(/mark=\d+/, 'mark=0');

  it('takes away flows to it when it comes, goes or means another network, marked or not', () => {
    const cases = [
      [ALIASED, plain.host],
      [without, aliased.host],
      [ALIASED.replace('192.168.0.0', '192.168.7.0'), aliased.host],
    ] as const;
    for (const [policy, live] of cases) {
      assert.equal(concernsFlows(compiledOf(policy), live), 'all');
      const { steps, deleted } = change(
        policy,
        `${unmarked}${unmarked.replaceAll('10.101.0.7', '10.109.0.7')}`,
        live,
      );
      const filters = [['-f', 'ipv4', '-d', '10.101.0.0/24']];
      assert.deepEqual(steps.slice(-1), [{ tool: 'conntrack', filters, flows: 1 }]);
      assert.equal(deleted, 1);
    }
  });

  it('is nothing where it stays, and where there is no conntrack', () => {
    assert.equal(concernsFlows(aliased, aliased.host), 'none');
    assert.deepEqual(change(ALIASED, unmarked, aliased.host).steps, []);
    assert.deepEqual(change(ALIASED, undefined, plain.host).steps, []);
  });
});

describe('flowChange', () => {
  it('is nothing where nothing changes, and where nothing is known of flows', () => {
    const same = change(POLICY, line('192.168.0.5', 1));
    assert.deepEqual([same.target, same.steps, same.diagnostics], [NOW.host, [], []]);
    assert.deepEqual(flowChange(NOW, NOW.host).target, NOW.host);
  });

  it('counts those that follow, and takes away those that are decided again', () => {
    const both = `${line('192.168.0.5', 1)}${line('192.168.1.5', 2)}`;
    const { target, settled, steps, translated, deleted } = change(
      POLICY.replace('a: 1', 'a: 11').replace('b, dst: 192.168.1', 'b, dst: 192.168.2'),
      both,
    );
    assert.deepEqual([translated, deleted, rekeyIn(target), rekeyIn(settled)], [1, 1, 2, 1]);
    const [step, ...others] = steps;
    assert.ok(step?.tool === 'conntrack' && others.length === 0);
    // b is still somebody's
    assert.deepEqual(
      step.filters.map((filter) => filter.join(' ')),
      ['-f ipv4 -p 17 -s 10.9.1.1 -d 192.168.1.5 --sport 4000 --dport 53 -m 0x80020000/0xffff0000'],
    );
  });

  it('takes one by one what has the mark of flows that follow', () => {
    const moved = POLICY.replace('a: 1', 'a: 11').replace(
      'entries:\n',
      'entries:\n  - { conn: b, dst: 192.168.0.0/25 }\n',
    );
    const { steps } = change(moved, `${line('192.168.0.5', 1)}${line('192.168.0.200', 1)}`);
    assert.match(JSON.stringify(steps), /"192\.168\.0\.5"/);
  });

  it('counts on rules of others behind our entries', () => {
    const stock =
      '-A NEW_IPSEC_CONN -d 172.20.0.0/16 -m mark --mark 0x0/0x80000000 -m comment --comment c -j MARK --set-xmark 0x80070000/0xffffffff';
    const chains = new Map([
      ...NOW.host.tables.mangle.chains,
      ...hostOf({ mangle: stock }).tables.mangle.chains,
    ]);
    const live = withMangle(NOW.host, chains);
    assert.equal(change(POLICY, line('172.20.0.1', 7), live).deleted, 0);
    assert.equal(change(POLICY, line('172.20.0.1', 7)).deleted, 1);
  });

  it('has no decisions of before where flows had no memory', () => {
    const first = change(POLICY.replace('a: 1', 'a: 11'), '', BY_PACKET.host);
    assert.deepEqual([first.steps, rekeyIn(first.target)], [[], 0]);
  });

  it('says that flows are not looked after where there is no conntrack', () => {
    const { target, steps, diagnostics } = change(POLICY.replace('a: 1', 'a: 11'), undefined);
    assert.deepEqual([steps, rekeyIn(target)], [[], 1]);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['SM3101'],
    );
  });

  it('shows lines that it cannot read', () => {
    const { diagnostics } = change(POLICY, 'one\ntwo\nthree\nfour\n');
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['SM2201'],
    );
    assert.match(diagnostics[0]?.detail ?? '', /4 in all:\n {4}one\n {4}two\n {4}three$/);
  });
});

describe('concernsFlows', () => {
  it('are those that remember, or will', () => {
    const empty = emptyHost(NOW.host);
    assert.deepEqual(
      [concernsFlows(NOW, empty), concernsFlows(BY_PACKET, empty), concernsFlows(BY_PACKET, NOW.host)],
      ['decided', 'none', 'decided'],
    );
    const aim = aimOf(BY_PACKET);
    assert.equal(aim.concerns(empty), 'none');
    assert.deepEqual(aim.at(empty, undefined).targetOn(empty), BY_PACKET.host);
  });

  const answering = (sarefs: string): Compiled =>
    compiledOf(`version: 1\nsarefs: { ${sarefs} }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n`);
  const BOTH = answering('a: { refhim: 1, ref: 3 }, b: { refhim: 2, ref: 4 }');

  it('are all of them where a conn gets a zone: those that came in by it are cut', () => {
    const one = answering('a: { refhim: 1, ref: 3 }');
    assert.equal(concernsFlows(BOTH, emptyHost(BOTH.host)), 'all');
    assert.equal(concernsFlows(BOTH, one.host), 'all');
    assert.deepEqual(
      [concernsFlows(BOTH, BOTH.host), concernsFlows(one, BOTH.host), concernsFlows(BY_PACKET, BOTH.host)],
      ['decided', 'decided', 'decided'],
    );
  });

  it('are answers, too: each is taken away for itself where others keep the mark', () => {
    const ends =
      'src=192.168.0.5 dst=10.9.1.1 sport=4000 dport=7 zone-orig=1 src=10.9.1.1 dst=192.168.0.5 sport=7 dport=4000';
    const listing = `udp 17 29 ${ends} mark=${String(0x80010000)} use=1\n`;
    const swapped = answering('a: { refhim: 2, ref: 3 }, b: { refhim: 1, ref: 4 }');
    const { steps, deleted } = flowChange(swapped, BOTH.host, { running: { listing, local: LOCAL } });
    assert.equal(deleted, 1);
    const [step] = steps;
    assert.ok(step?.tool === 'conntrack');
    assert.match(step.filters.flat().join(' '), / --orig-zone 1 -m 0x80010000\/0xffff0000$/);
  });
});

describe('flowChange where answers go by tunnel', () => {
  const REFS = 'version: 1\nsarefs: { a: { refhim: 1, ref: 3 }, b: { refhim: 5, ref: 7 } }\nentries: []\n';
  const before = compiledOf(REFS).host;
  const came = (sport: number, saref: number, zone: number): string =>
    `udp 17 29 src=192.168.0.5 dst=10.9.1.1 sport=${String(sport)} dport=7 zone-orig=${String(zone)} src=10.9.1.1 dst=192.168.0.5 sport=7 dport=${String(sport)} mark=${String(0x80000000 + saref * 0x10000)} use=1\n`;

  it('asks for all flows where a conn gets a zone, and else for those that have decided', () => {
    assert.equal(concernsFlows(compiledOf(REFS), before), 'decided');
    assert.equal(concernsFlows(compiledOf(REFS), emptyHost(before)), 'all');
    assert.equal(concernsFlows(BY_PACKET, before), 'decided');
    assert.equal(concernsFlows(BY_PACKET, emptyHost(before)), 'none');
  });

  it('has answers follow their conn, and decides again what is of another one by now', () => {
    const both = `${came(1, 1, 1)}${came(2, 5, 2)}`;
    const followed = change(REFS.replace('refhim: 5', 'refhim: 15'), both, before);
    assert.deepEqual([followed.translated, followed.deleted, rekeyIn(followed.settled)], [1, 0, 1]);
    const swapped = change(
      REFS.replace('refhim: 5', 'refhim: 9').replace('refhim: 1', 'refhim: 5'),
      both,
      before,
    );
    assert.deepEqual([swapped.translated, swapped.deleted], [1, 1]);
    const [step] = swapped.steps;
    assert.ok(step?.tool === 'conntrack');
    assert.equal(step.filters.length, 1);
  });

  it('decides again what has a zone where the entries have their say from now on', () => {
    const { deleted, steps } = change(
      REFS.replace('sarefs', 'replies: entries\nsarefs'),
      came(1, 1, 1),
      before,
    );
    assert.deepEqual([deleted, steps.length], [1, 1]);
  });
});
