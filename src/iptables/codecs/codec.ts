/**
 * How the value of an option is read and printed. `words` is how many it takes: none for a flag, two
 * for a few such as `--match-set NAME DIRS`. Printing gives what iptables-save gives.
 */
export interface Codec<T> {
  readonly words: 0 | 1 | 2;
  /** Its words are never quoted: with quotes around them they are something else. */
  readonly isBare?: true;
  /** @returns undefined for words that are no such value */
  read(first: string, second: string): T | undefined;
  print(value: T): string;
}

export function oneWord<T>(read: (word: string) => T | undefined, print: (value: T) => string): Codec<T> {
  return { words: 1, read, print };
}

/** The same values, typed in another way. */
export function typedAs<T>(codec: Codec<T>, read: (word: string) => T | undefined): Codec<T> {
  return { ...codec, words: 1, read };
}

export const flag: Codec<true> = { words: 0, read: () => true, print: () => '' };

/** A list, with the separator of the notation at hand. */
export function listOf<T>(item: Codec<T>, separator = ','): Codec<readonly T[]> {
  return oneWord(
    (word) => {
      const values = word.split(separator).map((part) => item.read(part, ''));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
    (values) => values.map((value) => item.print(value)).join(separator),
  );
}

/** Words of a closed list in any case and any order, printed in the order of the list. */
export function setOf<Name extends string>(names: readonly Name[]): Codec<readonly Name[]> {
  return oneWord(
    (word) => {
      const asked = word.toUpperCase().split(',');
      const known = names.filter((name) => asked.includes(name.toUpperCase()));
      return asked.every((name) => known.some((other) => other.toUpperCase() === name)) ? known : undefined;
    },
    (values) => values.join(','),
  );
}

/** One word of a closed list. */
export function oneOf<Name extends string>(names: readonly Name[]): Codec<Name> {
  return oneWord(
    (word) => names.find((name) => name.toUpperCase() === word.toUpperCase()),
    (name) => name,
  );
}
