import assert from 'node:assert/strict';
import type { Codec } from '../../../../src/iptables/codecs/codec.ts';
import {
  decimal,
  hexadecimal,
  MARK_FORMS,
  markToMatch,
  markToSet,
  readNumber,
  wordMask,
} from '../../../../src/iptables/codecs/number.ts';
import { itReads } from '../../../support/it-reads.ts';

function markForm(name: string): Codec<unknown> {
  const form = MARK_FORMS[name];
  assert.ok(form);
  return form;
}

describe('codecs of numbers', () => {
  it('read decimal, hexadecimal and octal numbers of 32 bits', () => {
    for (const [word, value] of [
      ['0', 0],
      ['10', 10],
      ['010', 8],
      ['0x1F', 31],
      ['0X1f', 31],
      ['4294967295', 0xffffffff],
      ['037777777777', 0xffffffff],
      ['0xffffffff', 0xffffffff],
      ['4294967296', undefined],
      ['0x100000000', undefined],
      ['08', undefined],
      ['0x', undefined],
      ['-1', undefined],
      ['+1', undefined],
      ['1e3', undefined],
      ['1.0', undefined],
      [' 1', undefined],
      ['', undefined],
    ] as const) {
      assert.equal(readNumber(word), value, word);
    }
  });

  itReads('print decimal', decimal(255), [
    ['0xff', '255'],
    ['256', undefined],
    ['x', undefined],
  ]);

  itReads('print hexadecimal, padded', hexadecimal(4, 0xffff), [
    ['255', '0x00ff'],
    ['65536', undefined],
    ['x', undefined],
  ]);

  itReads('print no mask of the whole word where a mark is matched', markToMatch, [
    ['5', '0x5'],
    ['5/0xffffffff', '0x5'],
    ['0x1ff/0xff', '0x1ff/0xff'],
    ['0/0x80000000', '0x0/0x80000000'],
    ['1/', undefined],
    ['1/0x', undefined],
    ['/1', undefined],
    ['1/2/3', undefined],
    ['x', undefined],
  ]);

  itReads('print the mask always where a mark is set', markToSet, [
    ['5', '0x5/0xffffffff'],
    ['0x1ff/255', '0x1ff/0xff'],
    ['', undefined],
  ]);

  itReads('set the bits of the value too with --set-mark', markForm('--set-mark'), [
    ['1', '0x1/0xffffffff'],
    ['0x1ff/0xff', '0x1ff/0x1ff'],
    ['0x80000000/1', '0x80000000/0x80000001'],
    ['x', undefined],
  ]);
  itReads('read --or-mark', markForm('--or-mark'), [
    ['0x80000000', '0x80000000/0x80000000'],
    ['1/1', undefined],
  ]);
  itReads('read --and-mark', markForm('--and-mark'), [
    ['0xff', '0x0/0xffffff00'],
    ['0', '0x0/0xffffffff'],
  ]);
  itReads('read --xor-mark', markForm('--xor-mark'), [['0x10', '0x10/0x0']]);
  itReads('read a mask by itself', wordMask, [
    ['255', '0xff'],
    ['x', undefined],
  ]);
});
