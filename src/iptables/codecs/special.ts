import { toProtocol } from '../../domain/protocol.ts';
import type { Codec } from './codec.ts';
import { oneWord } from './codec.ts';
import { readNumber } from './number.ts';

/** A conntrack zone by number, or taken from the low 16 bits of the mark. */
export const zone: Codec<number | 'mark'> = oneWord(
  (word) => {
    if (word === 'mark') return 'mark';
    const number = readNumber(word);
    return number === undefined || number > 0xffff ? undefined : number;
  },
  (value) => String(value),
);

const TRANSFORMS: Readonly<Record<number, string>> = { 50: 'esp', 51: 'ah', 108: 'ipcomp' };

/** The protocol of an IPsec transform: by name where it has one. */
export const policyProtocol: Codec<string> = oneWord(
  (word) => {
    const protocol = toProtocol(word);
    return protocol === undefined ? undefined : (TRANSFORMS[protocol] ?? String(protocol));
  },
  (name) => name,
);
