import type { Random } from './random.ts';

/** What inputs are made of. */
export interface Material {
  readonly random: Random;
  /** Words of the language, which random bytes would hardly ever hit. */
  readonly words: readonly Uint8Array[];
  readonly corpus: readonly Uint8Array[];
}

/** Enough for what is not linear to show. */
const LONGEST_INPUT = 4096;

/** Where readers of text go wrong: NUL, newlines, quotes, the edges of ASCII and of UTF-8. */
const BYTES = [0, 9, 10, 13, 27, 32, 34, 35, 39, 45, 58, 91, 92, 127, 128, 133, 192, 194, 237, 255];

/** An input of the corpus with one to six changes. Neither is ever changed in place. */
export function mutate(material: Material): Uint8Array {
  const { random, corpus } = material;
  let input = random.pick(corpus);
  for (let left = 1 + random.below(6); left > 0; left -= 1) input = random.pick(CHANGES)(input, material);
  return input.subarray(0, LONGEST_INPUT);
}

type Change = (input: Uint8Array, material: Material) => Uint8Array;

const CHANGES: readonly Change[] = [
  // another byte
  (input, { random }) => replaced(input, slice(input, random, 1), Uint8Array.of(random.below(256))),
  (input, { random }) => replaced(input, slice(input, random, 1), Uint8Array.of(random.pick(BYTES))),
  // a byte more
  (input, { random }) => replaced(input, slice(input, random, 0), Uint8Array.of(random.pick(BYTES))),
  // a word in between, or in the place of something
  (input, { random, words }) => replaced(input, slice(input, random, 0), random.pick(words)),
  (input, { random, words }) => replaced(input, slice(input, random, 12), random.pick(words)),
  // something less
  (input, { random }) => replaced(input, slice(input, random, 40), Uint8Array.of()),
  (input, { random }) => input.subarray(0, random.below(input.length + 1)),
  // something again, now and then very often
  (input, { random }) => {
    const [start, end] = slice(input, random, random.pick([4, 40, 400]));
    const times = random.below(200) === 0 ? 1000 : random.pick([1, 1, 2, 8]);
    return replaced(input, [end, end], repeated(input.subarray(start, end), times));
  },
  // the front of one and the end of another
  (input, { random, corpus }) => {
    const other = random.pick(corpus);
    return replaced(
      input,
      [random.below(input.length + 1), input.length],
      other.subarray(random.below(other.length + 1)),
    );
  },
];

type Slice = readonly [start: number, end: number];

function slice({ length }: Uint8Array, random: Random, longest: number): Slice {
  const start = random.below(length + 1);
  return [start, Math.min(length, start + random.below(longest + 1))];
}

function replaced(input: Uint8Array, [start, end]: Slice, by: Uint8Array): Uint8Array {
  return Buffer.concat([input.subarray(0, start), by, input.subarray(end)]);
}

function repeated(piece: Uint8Array, times: number): Uint8Array {
  const length = Math.min(piece.length * times, LONGEST_INPUT);
  return length === 0 ? piece : Buffer.alloc(length, piece);
}
