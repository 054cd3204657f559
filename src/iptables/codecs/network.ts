import type { MaskedAddress } from '../../domain/address.ts';
import { hostText, maskedText, toHost, toMasked } from '../../domain/address.ts';
import { WHOLE_MARK } from '../../domain/mark.ts';
import type { PortRange } from '../../domain/port-range.ts';
import { LAST_PORT, portRangeText, toPortRange } from '../../domain/port-range.ts';
import { protocolText, toProtocol } from '../../domain/protocol.ts';
import { servicePort } from '../../domain/service.ts';
import type { Codec } from './codec.ts';
import { listOf, oneWord, setOf } from './codec.ts';
import { readNumber } from './number.ts';

/** Always with its prefix length. */
export const network: Codec<MaskedAddress> = oneWord(toMasked, maskedText);

/** A host, which may be one in a network: a single address is printed without a prefix length. */
export const hostOrNetwork: Codec<MaskedAddress> = oneWord(toHost, hostText);

/** NETMAP's: always with its prefix length, and no address that ends early. */
export const wholeNetwork: Codec<MaskedAddress> = oneWord(
  (word) => (toHost(word) === undefined ? undefined : toMasked(word)),
  maskedText,
);

/** By name where iptables 1.8.11 prints a name, else by number. */
export const protocol: Codec<number> = oneWord((word) => toProtocol(word.toLowerCase()), protocolText);

/** A protocol by number, where an extension prints it so. */
export const protocolNumber: Codec<number> = oneWord(toProtocol, String);

/** `500`, `1000:1999`, `:1024`, `1024:`, or a service by its name. */
export const portRange: Codec<PortRange> = oneWord(readRange, (range) => portRangeText(range, ':'));

function readRange(word: string): PortRange | undefined {
  const [first = '', last, ...rest] = word.split(':');
  if (rest.length > 0 || word === '' || word === ':') return undefined;
  const from = first === '' ? '0' : portWord(first);
  const to = last === undefined ? from : last === '' ? String(LAST_PORT) : portWord(last);
  return from === undefined || to === undefined ? undefined : toPortRange(`${from}:${to}`, ':');
}

function portWord(word: string): string | undefined {
  const port = servicePort(word) ?? readNumber(word);
  return port === undefined ? undefined : String(port);
}

/** multiport: ranges with both ends; the order is kept. */
const listedPorts: Codec<PortRange> = oneWord(
  (word) => (word.startsWith(':') || word.endsWith(':') ? undefined : readRange(word)),
  (range) => portRange.print(range),
);

export const portList: Codec<readonly PortRange[]> = listOf(listedPorts);

/** Two 32-bit numbers, the second not the smaller: SPIs, seconds, ids. With `:` either end may be left out. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

export function numberRange(separator: ':' | '-'): Codec<NumberRange> {
  return oneWord(
    (word) => {
      const [firstWord = '', lastWord = firstWord, ...rest] = word.split(separator);
      const isOpen = separator === ':' && word !== '' && word !== ':';
      const first = isOpen && firstWord === '' ? 0 : readNumber(firstWord);
      const last = isOpen && lastWord === '' ? WHOLE_MARK : readNumber(lastWord);
      if (first === undefined || last === undefined || rest.length > 0 || last < first) return undefined;
      return { first, last };
    },
    ({ first, last }) => (first === last ? String(first) : `${String(first)}${separator}${String(last)}`),
  );
}

/** addrtype's types, in the order of the kernel's bits (libxt_addrtype.c). */
const ADDRESS_TYPES = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
] as const;

export type AddressType = (typeof ADDRESS_TYPES)[number];

export const addressTypes: Codec<readonly AddressType[]> = setOf(ADDRESS_TYPES);

/** A mask of TCP flags and those of it that are set (libxt_tcp.c). */
const TCP_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const;

export interface TcpFlags {
  readonly mask: readonly string[];
  readonly set: readonly string[];
}

function readFlags(word: string): readonly string[] | undefined {
  if (word.toUpperCase() === 'ALL') return TCP_FLAGS;
  return word.toUpperCase() === 'NONE' ? [] : setOf(TCP_FLAGS).read(word, '');
}

function flagsText(flags: readonly string[]): string {
  return flags.length === 0 ? 'NONE' : flags.join(',');
}

export const tcpFlags: Codec<TcpFlags> = {
  words: 2,
  read: (maskText, setText) => {
    const [mask, set] = [readFlags(maskText), readFlags(setText)];
    return mask === undefined || set === undefined ? undefined : { mask, set };
  },
  print: ({ mask, set }) => `${flagsText(mask)} ${flagsText(set)}`,
};

/** `--syn`. */
export const SYN: Codec<TcpFlags> = {
  ...tcpFlags,
  words: 0,
  read: () => ({ mask: ['FIN', 'SYN', 'RST', 'ACK'], set: ['SYN'] }),
};
