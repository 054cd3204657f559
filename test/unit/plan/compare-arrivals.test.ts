import assert from 'node:assert/strict';
import type { Arrivals } from '../../../src/plan/arrivals.ts';
import { NO_ARRIVALS } from '../../../src/plan/arrivals.ts';
import type { ArrivalChange } from '../../../src/plan/compare-arrivals.ts';
import { compareArrivals } from '../../../src/plan/compare-arrivals.ts';

/** Of each conn: its ref, its refhim, its zone. */
function arrivals(conns: Readonly<Record<string, readonly [number, number, number?]>>): Arrivals {
  const rows = Object.entries(conns);
  return {
    isLearned: true,
    refs: new Map(rows.map(([conn, [ref]]) => [conn, ref])),
    marks: new Map(rows.map(([conn, [, refhim]]) => [conn, refhim])),
    zones: new Map(rows.flatMap(([conn, [, , zone]]) => (zone === undefined ? [] : [[conn, zone]]))),
  };
}

function textOf({ conn, before, after }: ArrivalChange): string {
  const side = (one: ArrivalChange['before']): string =>
    one === undefined ? 'none' : [one.inbound, one.answer, one.zone ?? '-'].join(' ');
  return `${conn}: ${side(before)}, ${side(after)}`;
}

const BEFORE = arrivals({ a: [1, 2, 1], b: [3, 4, 2], c: [5, 6, 3] });

describe('compareArrivals', () => {
  it('finds nothing between rules that say the same', () => {
    assert.deepEqual(compareArrivals(BEFORE, arrivals({ c: [5, 6, 3], a: [1, 2, 1], b: [3, 4, 2] })), []);
  });

  it('finds each conn of which anything is another, that comes or that goes, by name', () => {
    const after = arrivals({ d: [1, 2, 4], a: [7, 2, 1], b: [3, 8], c: [5, 6, 9] });
    assert.deepEqual(compareArrivals(BEFORE, after).map(textOf), [
      'a: 1 2 1, 7 2 1',
      'b: 3 4 2, 3 8 -',
      'c: 5 6 3, 5 6 9',
      'd: none, 1 2 4',
    ]);
    assert.deepEqual(compareArrivals(BEFORE, arrivals({ a: [1, 2, 1] })).map(textOf), [
      'b: 3 4 2, none',
      'c: 5 6 3, none',
    ]);
  });

  it('says nothing where the entries decide about answers', () => {
    assert.deepEqual(compareArrivals(NO_ARRIVALS, BEFORE), []);
    assert.deepEqual(compareArrivals(BEFORE, NO_ARRIVALS), []);
  });
});
