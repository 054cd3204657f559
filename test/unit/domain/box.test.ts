import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Box, Range } from '../../../src/domain/box.ts';
import { intersectionOf, productOf, remainderOf, sizeOf } from '../../../src/domain/box.ts';

/** `1-3 2-2`. */
function textOf(box: Box | undefined): string | undefined {
  return box?.map(({ first, last }) => `${String(first)}-${String(last)}`).join(' ');
}

function box(text: string): Box {
  return text.split(' ').map((range) => {
    const [first, last] = range.split('-').map(Number) as [number, number];
    return { first, last };
  });
}

/** Every point of a small world of three dimensions. */
const SIDE = 4;
const POINTS = Array.from({ length: SIDE ** 3 }, (_, index) =>
  [1, SIDE, SIDE * SIDE].map((step) => Math.floor(index / step) % SIDE),
);

function isIn(one: Box, point: readonly number[]): boolean {
  return one.every(({ first, last }, dimension) => {
    const at = point[dimension] ?? -1;
    return first <= at && at <= last;
  });
}

function anyBox(): fc.Arbitrary<Box> {
  const number = fc.integer({ min: 0, max: SIDE - 1 });
  const range = fc.tuple(number, number).map(([one, other]): Range => ({
    first: Math.min(one, other),
    last: Math.max(one, other),
  }));
  return fc.tuple(range, range, range);
}

describe('boxes', () => {
  it('have what both of them have', () => {
    assert.equal(textOf(intersectionOf(box('0-5 3-9'), box('4-9 1-3'))), '4-5 3-3');
    assert.equal(intersectionOf(box('0-5 3-9'), box('6-9 3-9')), undefined);
  });

  it('are all ways to take a range of each list', () => {
    const lists = [box('1-1 2-2'), box('3-3'), box('4-4 5-5')];
    assert.deepEqual(productOf(lists).map(textOf), [
      '1-1 3-3 4-4',
      '1-1 3-3 5-5',
      '2-2 3-3 4-4',
      '2-2 3-3 5-5',
    ]);
    assert.deepEqual(productOf([box('1-1'), []]), []);
  });

  it('are as large as their points are many', () => {
    assert.equal(sizeOf(box('0-3 5-5 1-2')), 8);
  });

  it('leave of a box exactly the points that no other has, each in one piece', () => {
    const counts = { all: 0, some: 0, none: 0 };
    const property = fc.property(anyBox(), fc.array(anyBox(), { maxLength: 6 }), (whole, taken) => {
      const pieces = [...remainderOf(whole, taken)];
      const left = POINTS.filter((point) => isIn(whole, point) && !taken.some((other) => isIn(other, point)));
      for (const point of POINTS) {
        const owners = pieces.filter((piece) => isIn(piece, point)).length;
        assert.equal(owners, left.includes(point) ? 1 : 0);
      }
      counts[left.length === 0 ? 'none' : left.length === sizeOf(whole) ? 'all' : 'some'] += 1;
    });
    fc.assert(property, { numRuns: 2000 });
    assert.ok(Math.min(...Object.values(counts)) > 200, JSON.stringify(counts));
  });
});
