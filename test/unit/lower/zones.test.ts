import assert from 'node:assert/strict';
import type { HostState } from '../../../src/host/state.ts';
import { rulesIn } from '../../../src/host/state.ts';
import { liftZones, withZones } from '../../../src/lower/zones.ts';
import type { MarkPlan } from '../../../src/plan/plan.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';

const ENTRIES = 'entries: [{ conn: a, dst: 192.168.0.0/24 }]\n';

function planOf(sarefs: string): MarkPlan {
  return compiledOf(`version: 1\nsarefs: { ${sarefs} }\n${ENTRIES}`).plan;
}

const A_AND_B = 'a: { refhim: 1, ref: 3 }, b: { refhim: 5, ref: 7 }';

/** A host with these rules in its raw table. */
function holding(...rules: readonly string[]): HostState {
  return hostOf({ raw: ['*raw', ...rules, 'COMMIT', ''].join('\n') });
}

/** The rules that `raw` leads to, `CONN ZONE` each, on a host that holds some already. */
function zonesOn(raw: string, plan = planOf(A_AND_B)): string[] {
  const live = holding(raw);
  return textsOf(withZones(live, plan, live));
}

function textsOf({ tables: { raw } }: HostState): string[] {
  return [...raw.chains].flatMap(([chain, { rules }]) =>
    rules.flatMap(({ text }) => {
      const [, conn = '', zone = ''] = /--comment (\S+) -j CT --zone-orig ([0-9]+)/.exec(text) ?? [];
      return zone === '' ? [] : [`${chain} ${conn} ${zone}`];
    }),
  );
}

const ZONE = (conn: string, number: number): string =>
  `-A SAREF-ZONE -m comment --comment ${conn} -j CT --zone-orig ${String(number)}`;

describe('withZones', () => {
  it('gives a zone to each conn, by the order of their names', () => {
    assert.deepEqual(zonesOn(''), ['SAREF-ZONE a 1', 'SAREF-ZONE b 2']);
  });

  it('leaves a conn the one that it has, and gives a new one the lowest that is free', () => {
    assert.deepEqual(zonesOn(ZONE('b', 1)), ['SAREF-ZONE a 2', 'SAREF-ZONE b 1']);
    assert.deepEqual(zonesOn(ZONE('b', 7)), ['SAREF-ZONE a 1', 'SAREF-ZONE b 7']);
  });

  it('does not give a zone twice, whatever stands there', () => {
    assert.deepEqual(zonesOn(`${ZONE('b', 1)}\n${ZONE('a', 1)}`), ['SAREF-ZONE a 2', 'SAREF-ZONE b 1']);
    assert.deepEqual(zonesOn(`${ZONE('b', 4)}\n${ZONE('b', 1)}`), ['SAREF-ZONE a 1', 'SAREF-ZONE b 4']);
  });

  it('leaves out those that rules of others use', () => {
    const foreign = [
      '-A PREROUTING -i eth1 -j CT --zone 1',
      '-A PREROUTING -i eth2 -j CT --zone-reply 2',
      '-A PREROUTING -i eth3 -j CT --notrack',
      '-A PREROUTING -i eth4 -j ACCEPT',
      '-A PREROUTING -s some.name -j ACCEPT',
    ].join('\n');
    assert.deepEqual(zonesOn(foreign), ['SAREF-ZONE a 3', 'SAREF-ZONE b 4']);
  });

  it('takes a number back from a conn that the policy does not know any more', () => {
    assert.deepEqual(zonesOn(ZONE('gone', 1)), ['SAREF-ZONE a 1', 'SAREF-ZONE b 2']);
  });

  it('keeps the zone of a conn that is down where no packet meets it, and gives it none that it has not', () => {
    const plan = planOf('a: { refhim: 1, ref: 3 }, b: down, c: down');
    assert.deepEqual(zonesOn(ZONE('b', 1), plan), ['SAREF-ZONE a 2', 'SAREF-ZONE-KEPT b 1']);
    assert.deepEqual(zonesOn('-A SAREF-ZONE-KEPT -m comment --comment b -j CT --zone-orig 1'), [
      'SAREF-ZONE a 2',
      'SAREF-ZONE b 1',
    ]);
  });

  it('goes without a zone where there are no more', () => {
    const taken = Array.from(
      { length: 0xffff },
      (_, index) => `-A PREROUTING -j CT --zone ${String(index + 1)}`,
    );
    assert.deepEqual(zonesOn(taken.join('\n')), []);
  });

  it('has no zones where the entries decide about answers', () => {
    const live = holding(ZONE('a', 1));
    const plan = compiledOf(`version: 1\nreplies: entries\nsarefs: { ${A_AND_B} }\n${ENTRIES}`).plan;
    assert.deepEqual(rulesIn(withZones(live, plan, live), 'PREROUTING'), []);
    assert.equal(withZones(live, plan, live).tables.raw.chains.size, 0);
  });
});

describe('liftZones', () => {
  it('passes over what gives no zone to a conn', () => {
    const raw = [
      ZONE('a', 3),
      '-A SAREF-ZONE -j CT --zone-orig 4',
      '-A SAREF-ZONE -m comment --comment b -j CT --notrack',
      '-A SAREF-ZONE -m comment --comment c -j CT --zone-orig mark',
      '-A SAREF-ZONE -m mark --mark 0x80000000/0xfff80000 -g SAREF-ZONE-12-0',
      '-A SAREF-ZONE -s some.name -j CT --zone-orig 5',
      '-A PREROUTING -m comment --comment d -j CT --zone-orig 6',
      ':SAREF-ZONE-12-0 - [0:0]',
    ];
    assert.deepEqual([...liftZones(holding(...raw).tables.raw)], [['a', 3]]);
  });
});
