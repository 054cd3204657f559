import assert from 'node:assert/strict';
import { isMarked, matchesMark, setXmark } from '../../../src/domain/mark.ts';
import type { Saref } from '../../../src/domain/saref.ts';
import { BLOCKED, LAST_SAREF, markOf, sarefBitsOf, toSaref } from '../../../src/domain/saref.ts';

function saref(value: number): Saref {
  const valid = toSaref(value);
  assert.ok(valid !== undefined);
  return valid;
}

describe('toSaref', () => {
  for (const value of [1, 2, 7232, 32767]) {
    it(`takes ${String(value)}`, () => {
      assert.equal(toSaref(value), value);
    });
  }

  for (const value of [0, 32768, 40000, -1, 1.5, 32767.5, 65537, NaN, Infinity]) {
    it(`refuses ${String(value)}`, () => {
      assert.equal(toSaref(value), undefined);
    });
  }
});

describe('markOf', () => {
  const vectors = [
    [1, 0x80010000],
    [7232, 0x9c400000],
    [0x4000, 0xc0000000],
    [32767, 0xffff0000],
  ] as const;

  for (const [refhim, nfmark] of vectors) {
    it(`gives refhim ${String(refhim)} the nfmark 0x${nfmark.toString(16)}, over our 16 bits`, () => {
      assert.deepEqual(markOf(saref(refhim)), { value: nfmark, mask: 0xffff0000 });
    });
  }

  it('gives each SAref a mark of its own, from which mast reads it back, beside bits of others', () => {
    const seen = new Set<number>();
    for (let refhim = 1; refhim <= LAST_SAREF; refhim += 1) {
      const mark = markOf(saref(refhim));
      const nfmark = setXmark(0x7abc1234, mark);
      assert.equal(sarefBitsOf(nfmark), refhim);
      assert.ok(isMarked(nfmark) && matchesMark(nfmark, mark));
      seen.add(mark.value);
    }
    assert.equal(seen.size, 32767);
  });
});

describe('BLOCKED', () => {
  it('is marked, with no SAref', () => {
    assert.deepEqual(BLOCKED, { value: 0x80000000, mask: 0xffff0000 });
    assert.equal(sarefBitsOf(setXmark(0xffffffff, BLOCKED)), 0);
  });
});

describe('sarefBitsOf', () => {
  it('reads 15 bits, without the flag and without the bits of others', () => {
    assert.equal(sarefBitsOf(0xffffffff), 32767);
    assert.equal(sarefBitsOf(0x8000ffff), 0);
    // 40000, were it written, is another tunnel
    assert.equal(sarefBitsOf(0x9c400000), 7232);
  });
});
