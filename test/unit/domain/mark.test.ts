import assert from 'node:assert/strict';
import {
  commonOf,
  complementOf,
  hexOf,
  isMarked,
  lowByteOf,
  matchesMark,
  SINGLE_BITS,
  setXmark,
  unionOf,
  wordOf,
} from '../../../src/domain/mark.ts';

describe('a mark', () => {
  it('matches under its mask, and never with value bits outside of it', () => {
    assert.equal(matchesMark(0x80010001, { value: 0x80010000, mask: 0xffff0000 }), true);
    assert.equal(matchesMark(0x80020001, { value: 0x80010000, mask: 0xffff0000 }), false);
    assert.equal(matchesMark(0x1ff, { value: 0x1ff, mask: 0xff }), false);
    assert.equal(matchesMark(0xffffffff, { value: 0xffffffff, mask: 0xffffffff }), true);
  });

  it('is set by clearing the mask and flipping the value', () => {
    assert.equal(setXmark(0x12345678, { value: 0x80010000, mask: 0xffff0000 }), 0x80015678);
    assert.equal(setXmark(0x1ff, { value: 0x1ff, mask: 0xff }), 0xff);
    assert.equal(setXmark(0x7fffffff, { value: 0x80000000, mask: 0 }), 0xffffffff);
  });

  it('says with bit 31 that a SAref was chosen', () => {
    assert.equal(isMarked(0x80000000), true);
    assert.equal(isMarked(0x7fffffff), false);
  });

  it('has 32 single bits, lowest first', () => {
    assert.equal(SINGLE_BITS.length, 32);
    assert.deepEqual(SINGLE_BITS[0], { value: 1, mask: 1 });
    assert.deepEqual(SINGLE_BITS[31], { value: 0x80000000, mask: 0x80000000 });
  });

  it('is counted without a sign', () => {
    assert.equal(hexOf(0x80000000), '0x80000000');
    assert.equal(unionOf(0x80000000, 1), 0x80000001);
    assert.equal(complementOf(0), 0xffffffff);
    assert.equal(commonOf(0xffff0000, 0x8012ffff), 0x80120000);
    assert.equal(wordOf(-1), 0xffffffff);
    assert.equal(lowByteOf(0xffffff0f), 0x0f);
  });
});
