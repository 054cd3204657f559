import { isBareName, quoteWord } from '../words.ts';
import type { Codec } from './codec.ts';
import { oneWord } from './codec.ts';

/** Any bytes, quoted where need be. */
export const text: Codec<string> = oneWord((word) => word, quoteWord);

/** Names that iptables prints as they are: with a blank or a quote inside they could not be read back. */
export const bareName: Codec<string> = {
  ...oneWord(
    (word) => (isBareName(word) ? word : undefined),
    (name) => name,
  ),
  isBare: true,
};

/** A name and the parts of a packet to look up, `src,dst`. */
export interface SetLookup {
  readonly set: string;
  readonly directions: readonly ('src' | 'dst')[];
}

export const setLookup: Codec<SetLookup> = {
  words: 2,
  read: (set, directionsText) => {
    const directions = directionsText.split(',');
    const areKnown = directions.every((direction) => direction === 'src' || direction === 'dst');
    return areKnown && isBareName(set) ? { set, directions } : undefined;
  },
  print: ({ set, directions }) => `${set} ${directions.join(',')}`,
};
