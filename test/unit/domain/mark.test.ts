import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  hexOf,
  isMarked,
  matchesMark,
  SAREF_BITS,
  setXmark,
  SINGLE_BITS,
  UNMARKED,
  WHOLE_MARK,
} from '../../../src/domain/mark.ts';

const anyWord = fc.integer({ min: 0, max: 0xffffffff });

/** Bit by bit, without the operators that the code under test is made of. */
function bitsOf(word: number): boolean[] {
  return Array.from({ length: 32 }, (_, bit) => Math.floor(word / 2 ** bit) % 2 === 1);
}

describe('matchesMark', () => {
  it('compares the bits of the mask, up to bit 31', () => {
    assert.equal(matchesMark(0x80010000, { value: 0x80000000, mask: 0x80000000 }), true);
    assert.equal(matchesMark(0x00010000, { value: 0x80000000, mask: 0x80000000 }), false);
    assert.equal(matchesMark(0xffffffff, { value: 0xffffffff, mask: WHOLE_MARK }), true);
    assert.equal(matchesMark(0x7fffffff, UNMARKED), true);
    assert.equal(matchesMark(0x80000000, UNMARKED), false);
  });

  it('never matches a value with bits outside of the mask, as the kernel never does', () => {
    assert.equal(matchesMark(0x1ff, { value: 0x1ff, mask: 0xff }), false);
    assert.equal(matchesMark(0xff, { value: 0x1ff, mask: 0xff }), false);
  });

  it('matches everything where the mask is empty', () => {
    assert.equal(matchesMark(0xdeadbeef, { value: 0, mask: 0 }), true);
  });
});

describe('setXmark', () => {
  it('keeps the low 16 bits, which belong to others', () => {
    assert.equal(setXmark(0x0000abcd, { value: 0x80010000, mask: SAREF_BITS }), 0x8001abcd);
    assert.equal(setXmark(0xffff1234, { value: 0x80000000, mask: SAREF_BITS }), 0x80001234);
  });

  it('replaces all with a whole mask', () => {
    assert.equal(setXmark(0xdeadbeef, { value: 0x80010000, mask: WHOLE_MARK }), 0x80010000);
  });

  it('flips bits outside of the mask: --xor-mark is --set-xmark V/0x0', () => {
    assert.equal(setXmark(0x80000101, { value: 0x80000100, mask: 0 }), 0x00000001);
  });

  it('clears the bits of the mask and then flips those of the value, in every bit', () => {
    fc.assert(
      fc.property(anyWord, anyWord, anyWord, (nfmark, value, mask) => {
        const [bits, flips, clears] = [bitsOf(nfmark), bitsOf(value), bitsOf(mask)];
        const expected = bits.map((bit, at) => (bit && clears[at] === false) !== flips[at]);
        assert.deepEqual(bitsOf(setXmark(nfmark, { value, mask })), expected);
      }),
    );
  });
});

describe('isMarked', () => {
  it('asks for bit 31 alone', () => {
    assert.equal(isMarked(0x80000000), true);
    assert.equal(isMarked(0xffffffff), true);
    assert.equal(isMarked(0x7fffffff), false);
    assert.equal(isMarked(0), false);
  });
});

describe('SINGLE_BITS', () => {
  it('spells out any mark with the questions that match', () => {
    fc.assert(
      fc.property(anyWord, (nfmark) => {
        const spelled = SINGLE_BITS.filter((bit) => matchesMark(nfmark, bit));
        assert.equal(
          spelled.reduce((sum, { value }) => sum + value, 0),
          nfmark,
        );
      }),
    );
    assert.equal(SINGLE_BITS.length, 32);
  });
});

describe('hexOf', () => {
  it('prints as iptables does: lower case, no padding', () => {
    assert.deepEqual([0, 1, 0x8000, 0x80010000, 0xffffffff].map(hexOf), [
      '0x0',
      '0x1',
      '0x8000',
      '0x80010000',
      '0xffffffff',
    ]);
  });
});
