import { dscpOfClass, LAST_DSCP } from '../../domain/dscp.ts';
import type { Mark } from '../../domain/mark.ts';
import { complementOf, lowByteOf } from '../../domain/mark.ts';
import type { Codec } from './codec.ts';
import { hexadecimal, paddedHex, readNumber } from './number.ts';
import { oneWord, typedAs } from './codec.ts';

export const dscp: Codec<number> = hexadecimal(2, LAST_DSCP);

export const dscpClass: Codec<number> = typedAs(dscp, dscpOfClass);

/** Names of TOS values, with a mask of their own (libxtables' tos_values.c). */
const TOS_NAMES: Readonly<Record<string, number>> = {
  'minimize-delay': 0x10,
  'maximize-throughput': 0x08,
  'maximize-reliability': 0x04,
  'minimize-cost': 0x02,
  'normal-service': 0x00,
};
const TOS_NAME_MASK = 0x3f;

function readTos(word: string): Mark | undefined {
  const name = word.toLowerCase();
  const named = Object.hasOwn(TOS_NAMES, name) ? TOS_NAMES[name] : undefined;
  if (named !== undefined) return { value: named, mask: TOS_NAME_MASK };
  const [valueWord = '', maskWord = '0xff', ...rest] = word.split('/');
  const [value, mask] = [readNumber(valueWord), readNumber(maskWord)];
  if (value === undefined || mask === undefined || rest.length > 0) return undefined;
  return value > 0xff || mask > 0xff ? undefined : { value, mask };
}

/** A byte and its mask. */
export const tos: Codec<Mark> = oneWord(
  readTos,
  ({ value, mask }) => `${paddedHex(value, 2)}/${paddedHex(mask, 2)}`,
);

function fromBits(toTos: (bits: number) => Mark): Codec<Mark> {
  return typedAs(tos, (word) => {
    const bits = readNumber(word);
    return bits === undefined || bits > 0xff ? undefined : toTos(bits);
  });
}

export const TOS_FORMS: Readonly<Record<string, Codec<Mark>>> = {
  '--and-tos': fromBits((bits) => ({ value: 0, mask: lowByteOf(complementOf(bits)) })),
  '--or-tos': fromBits((bits) => ({ value: bits, mask: bits })),
  '--xor-tos': fromBits((bits) => ({ value: bits, mask: 0 })),
};
