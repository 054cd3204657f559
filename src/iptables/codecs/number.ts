import type { Mark } from '../../domain/mark.ts';
import { complementOf, hexOf, unionOf, WHOLE_MARK } from '../../domain/mark.ts';
import type { Codec } from './codec.ts';
import { oneWord, typedAs } from './codec.ts';

const NUMBER = /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/;

/** Decimal, hexadecimal with 0x, or octal with a leading 0, as strtoul reads them; at most 32 bits. */
export function readNumber(word: string): number | undefined {
  if (!NUMBER.test(word)) return undefined;
  const isOctal = /^0[0-9]/.test(word);
  if (isOctal && /[89]/.test(word)) return undefined;
  const value = isOctal ? Number.parseInt(word, 8) : Number(word);
  return value <= WHOLE_MARK ? value : undefined;
}

function readUpTo(most: number, word: string): number | undefined {
  const value = readNumber(word);
  return value === undefined || value > most ? undefined : value;
}

/** Up to `most`, printed decimal. */
export function decimal(most: number): Codec<number> {
  return oneWord((word) => readUpTo(most, word), String);
}

/** Printed hexadecimal, padded to `digits`. */
export function hexadecimal(digits: number, most: number): Codec<number> {
  return oneWord(
    (word) => readUpTo(most, word),
    (value) => paddedHex(value, digits),
  );
}

export function paddedHex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

function readMark(word: string): Mark | undefined {
  const [valueText = '', maskText, ...rest] = word.split('/');
  const value = readNumber(valueText);
  const mask = maskText === undefined ? WHOLE_MARK : readNumber(maskText);
  return value === undefined || mask === undefined || rest.length > 0 ? undefined : { value, mask };
}

/** `-m mark --mark`: the mask is printed when it is not the whole word. */
export const markToMatch: Codec<Mark> = oneWord(readMark, ({ value, mask }) =>
  mask === WHOLE_MARK ? hexOf(value) : `${hexOf(value)}/${hexOf(mask)}`,
);

/** `--set-xmark`: the mask is printed always. */
export const markToSet: Codec<Mark> = oneWord(
  readMark,
  ({ value, mask }) => `${hexOf(value)}/${hexOf(mask)}`,
);

function fromBits(toMark: (bits: number) => Mark): Codec<Mark> {
  return typedAs(markToSet, (word) => {
    const bits = readNumber(word);
    return bits === undefined ? undefined : toMark(bits);
  });
}

/** The other ways to type a `--set-xmark` (libxtables, libxt_MARK.c): `--set-mark V/M` clears V's bits too. */
export const MARK_FORMS: Readonly<Record<string, Codec<Mark>>> = {
  '--set-mark': typedAs(markToSet, (word) => {
    const mark = readMark(word);
    return mark === undefined ? undefined : { value: mark.value, mask: unionOf(mark.value, mark.mask) };
  }),
  '--or-mark': fromBits((bits) => ({ value: bits, mask: bits })),
  '--and-mark': fromBits((bits) => ({ value: 0, mask: complementOf(bits) })),
  '--xor-mark': fromBits((bits) => ({ value: bits, mask: 0 })),
};

/** A mask of 32 bits by itself. */
export const wordMask: Codec<number> = oneWord(readNumber, hexOf);
