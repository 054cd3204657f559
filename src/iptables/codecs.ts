import type { Cidr } from '../domain/cidr.ts';
import { cidrText, toCidr } from '../domain/cidr.ts';
import type { Mark } from '../domain/mark.ts';
import { hexOf, WHOLE_MARK } from '../domain/mark.ts';
import type { PortRange } from '../domain/port-range.ts';
import { portRangeText, toPortRange } from '../domain/port-range.ts';
import { quoteWord } from './words.ts';

/** How the value of an option is read, and printed as iptables-save prints it. */
export interface Codec<T> {
  /** @returns undefined for a word that is no such value */
  read(word: string): T | undefined;
  print(value: T): string;
}

export const text: Codec<string> = { read: (word) => word, print: quoteWord };

/** Interface and protocol names: printed as they are, and no others can be read back. */
export const bareName: Codec<string> = {
  read: (word) => (/^[^ \t\n"]+$/.test(word) ? word : undefined),
  print: (name) => name,
};

export const network: Codec<Cidr> = {
  read: (word) => {
    const reading = toCidr(word);
    return reading.kind === 'cidr' ? reading.cidr : undefined;
  },
  print: cidrText,
};

/** `-m mark --mark`: the mask is printed when it is not the whole word. */
export const markToMatch: Codec<Mark> = {
  read: readMark,
  print: ({ value, mask }) => (mask === WHOLE_MARK ? hexOf(value) : `${hexOf(value)}/${hexOf(mask)}`),
};

/** `-j MARK --set-xmark`: the mask is printed always. */
export const markToSet: Codec<Mark> = {
  read: readMark,
  print: ({ value, mask }) => `${hexOf(value)}/${hexOf(mask)}`,
};

function readMark(word: string): Mark | undefined {
  const [valueText = '', maskText, ...rest] = word.split('/');
  const value = readNumber(valueText);
  const mask = maskText === undefined ? WHOLE_MARK : readNumber(maskText);
  return value === undefined || mask === undefined || rest.length > 0 ? undefined : { value, mask };
}

/** Decimal, hexadecimal with 0x, or octal with a leading 0, as strtoul reads them; at most 32 bits. */
function readNumber(word: string): number | undefined {
  const isNumber = /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.test(word);
  const isOctal = /^0[0-7]/.test(word);
  const value = isOctal ? Number.parseInt(word, 8) : Number(word);
  return isNumber && value <= WHOLE_MARK ? value : undefined;
}

export const portRange: Codec<PortRange> = {
  read: (word) => toPortRange(word, ':'),
  print: (range) => portRangeText(range, ':'),
};

export const portList: Codec<readonly PortRange[]> = {
  read: (word) => readList(word, portRange),
  print: (ranges) => ranges.map((range) => portRange.print(range)).join(','),
};

/** addrtype's types, in the order in which the kernel's bits stand. */
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

const addressType: Codec<AddressType> = {
  read: (word) => ADDRESS_TYPES.find((type) => type === word),
  print: (type) => type,
};

export const addressTypes: Codec<readonly AddressType[]> = {
  read: (word) => readList(word, addressType),
  print: (types) => types.map((type) => addressType.print(type)).join(','),
};

function readList<T>(word: string, item: Codec<T>): readonly T[] | undefined {
  const values = word.split(',').map((part) => item.read(part));
  return values.every((value) => value !== undefined) ? values : undefined;
}
