import assert from 'node:assert/strict';
import { packetText } from '../../../src/domain/packet.ts';
import { selectorText } from '../../../src/domain/selector-text.ts';
import type { Outcome } from '../../../src/plan/clauses.ts';
import { clausesOf } from '../../../src/plan/clauses.ts';
import { compareClauses } from '../../../src/plan/compare.ts';
import { compiledOf } from '../../support/compiled.ts';

const SAREFS = 'sarefs: { one: 1, two: 2, dead: down }';

function changes(old: string, next: string, settings = ''): string[] {
  const [before, after] = [old, next].map(
    (entries, place) =>
      compiledOf(`version: 1\n${place === 1 ? settings : ''}${SAREFS}\nentries: [${entries}]\n`).plan,
  );
  assert.ok(before && after);
  const nameOf = (outcome: Outcome | undefined): string => outcome?.conn ?? 'nobody';
  return compareClauses(clausesOf(before), clausesOf(after)).map(
    (change) =>
      `${selectorText(change.packets)}: ${nameOf(change.before)} -> ${nameOf(change.after)}, ${packetText(change.example)}`,
  );
}

const ONE = '{ conn: one, dst: 10.9.1.0/24 }';

describe('compareClauses', () => {
  it('finds nothing between plans that decide alike', () => {
    assert.deepEqual(changes(ONE, ONE), []);
    const halves = '{ conn: one, dst: 10.9.1.0/25 }, { conn: one, dst: 10.9.1.128/25 }';
    assert.deepEqual(changes(ONE, halves), []);
    assert.deepEqual(
      changes(`${ONE}, { conn: two, dst: 10.9.2.0/24 }`, `{ conn: two, dst: 10.9.2.0/24 }, ${ONE}`),
      [],
    );
  });

  it('finds packets that move to another conn', () => {
    assert.deepEqual(changes(ONE, '{ conn: two, dst: 10.9.1.0/24 }'), [
      'everything to 10.9.1.0/24: one -> two, udp 10.0.0.1:40000 -> 10.9.1.1:53',
    ]);
  });

  it('finds packets that are marked anew, and those that are no longer', () => {
    assert.deepEqual(changes('', ONE), [
      'everything to 10.9.1.0/24: nobody -> one, udp 10.0.0.1:40000 -> 10.9.1.1:53',
    ]);
    assert.deepEqual(changes(ONE, ''), [
      'everything to 10.9.1.0/24: one -> nobody, udp 10.0.0.1:40000 -> 10.9.1.1:53',
    ]);
  });

  it('leaves out what an entry in front takes in both', () => {
    const [change, ...others] = changes(
      `{ conn: dead, proto: udp, dport: 53 }, ${ONE}`,
      '{ conn: dead, proto: udp, dport: 53 }, { conn: two, dst: 10.9.1.0/24 }',
    );
    assert.deepEqual(others, []);
    assert.match(String(change), /^everything to 10\.9\.1\.0\/24: one -> two, /);
    assert.doesNotMatch(String(change), /udp .*:53$/);
  });

  it('names the networks and ports alone of which something changes', () => {
    const old = '{ conn: one, dst: [10.9.1.0/24, 10.9.2.0/24], proto: udp, dport: [53, 1701] }';
    assert.deepEqual(changes(old, `{ conn: two, dst: 10.9.2.0/24, proto: udp, dport: 1701 }, ${old}`), [
      'udp 1701 to 10.9.2.0/24: one -> two, udp 10.0.0.1:40000 -> 10.9.2.1:1701',
    ]);
    assert.deepEqual(
      changes(old, `{ conn: one, dst: [10.9.1.0/24, 10.9.2.0/24], proto: udp, dport: [53, 1701, 99] }`),
      ['udp 99 to 10.9.1.0/24,10.9.2.0/24: nobody -> one, udp 10.0.0.1:40000 -> 10.9.1.1:99'],
    );
  });

  it('finds a conn that comes up, or steps aside', () => {
    assert.deepEqual(changes('{ conn: dead, dst: 10.9.1.1 }', '{ conn: dead, saref: 9, dst: 10.9.1.1 }'), [
      'everything to 10.9.1.1: dead -> dead, udp 10.0.0.1:40000 -> 10.9.1.1:53',
    ]);
    assert.equal(
      changes('{ conn: dead, dst: 10.9.1.1 }', '{ conn: dead, dst: 10.9.1.1, down: skip }').length,
      1,
    );
  });

  it('finds what becomes IKE of this host', () => {
    const settings = 'mast: { ike-ports: [500, 4500, 4501] }\n';
    const found = changes(ONE, ONE, settings);
    assert.ok(found.length > 0);
    for (const change of found)
      assert.match(
        change,
        /^udp (?:4501 )?(?:from port 4501 )?to 10\.9\.1\.0\/24 made on this host: one -> nobody/,
      );
  });
});
