import assert from 'node:assert/strict';
import { oncePer } from '../../../src/domain/once.ts';

describe('oncePer', () => {
  it('works out a value once, undefined too, and for another one again', () => {
    const asked: number[] = [];
    const firstOf = oncePer((list: readonly number[]) => {
      asked.push(list.length);
      return list[0];
    });
    const [one, other, empty] = [[7], [7, 8], []];
    assert.deepEqual([one, one, other, one, empty, empty].map(firstOf), [7, 7, 7, 7, undefined, undefined]);
    assert.deepEqual(asked, [1, 2, 0]);
  });
});
