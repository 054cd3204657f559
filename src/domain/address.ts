import type { Cidr } from './cidr.ts';
import { addressText, maskOf, toAddress } from './cidr.ts';
import { ipv6Text, toIpv6 } from './ipv6.ts';

/**
 * An address of either family with a mask, as iptables knows them: the mask need not be a prefix.
 * IPv4 is a number below 2^32, IPv6 a bigint below 2^128. No bit is set outside of the mask, unless
 * the address is one of a host in a network (toHost).
 */
export type MaskedAddress =
  | { readonly family: 'ipv4'; readonly address: number; readonly mask: number }
  | { readonly family: 'ipv6'; readonly address: bigint; readonly mask: bigint };

const FULL_V4 = 0xffffffff;
const FULL_V6 = (1n << 128n) - 1n;
// a leading zero would be octal
const DECIMAL = /^(?:0|[1-9][0-9]{0,2})$/;

/**
 * `ADDRESS`, `ADDRESS/PREFIX` or `ADDRESS/MASK`; host bits are cleared, as iptables does. An IPv4
 * address may end early, `10/8`; whatever stands in front of `/0` is every address. No names.
 */
export function toMasked(text: string): MaskedAddress | undefined {
  const [addressWord = '', maskWord, ...rest] = text.split('/');
  if (rest.length > 0) return undefined;
  if (addressWord.includes(':')) return toMaskedV6(addressWord, maskWord);
  const mask = toMaskV4(maskWord);
  const address = mask === 0 ? 0 : toAddress(padded(addressWord));
  if (mask === undefined || address === undefined) return undefined;
  return { family: 'ipv4', address: (address & mask) >>> 0, mask };
}

/**
 * `ADDRESS` or `ADDRESS/PREFIX` with its host bits: where an extension asks for a host, libxtables
 * keeps them (xtopt_parse_hostmask). No address that ends early: there `10/8` is 0.0.0.10/8.
 */
export function toHost(text: string): MaskedAddress | undefined {
  const [addressWord = ''] = text.split('/');
  const isWhole = addressWord.includes(':') || addressWord.split('.').length === 4;
  const network = toMasked(text);
  const host = toMasked(addressWord);
  if (!isWhole || network === undefined || host === undefined || !hasPrefix(network)) return undefined;
  return { ...host, mask: network.mask } as MaskedAddress;
}

function hasPrefix({ family, mask }: MaskedAddress): boolean {
  return family === 'ipv4' ? PREFIXES_V4.has(mask) : PREFIXES_V6.has(mask);
}

function padded(word: string): string {
  const parts = word.split('.');
  return parts.length >= 4 ? word : [...parts, '0', '0', '0'].slice(0, 4).join('.');
}

function toMaskV4(word: string | undefined): number | undefined {
  if (word === undefined) return FULL_V4;
  if (DECIMAL.test(word)) return Number(word) <= 32 ? maskOf(Number(word)) : undefined;
  return toAddress(word);
}

function toMaskedV6(addressWord: string, maskWord: string | undefined): MaskedAddress | undefined {
  const address = toIpv6(addressWord, toAddress);
  const mask = toMaskV6(maskWord);
  return address === undefined || mask === undefined
    ? undefined
    : { family: 'ipv6', address: address & mask, mask };
}

function toMaskV6(word: string | undefined): bigint | undefined {
  if (word === undefined) return FULL_V6;
  if (DECIMAL.test(word)) return Number(word) <= 128 ? prefixMaskV6(Number(word)) : undefined;
  return toIpv6(word, toAddress);
}

function prefixMaskV6(prefix: number): bigint {
  return (FULL_V6 << BigInt(128 - prefix)) & FULL_V6;
}

const PREFIXES_V4 = new Map(Array.from({ length: 33 }, (_, prefix) => [maskOf(prefix), prefix]));
const PREFIXES_V6 = new Map(Array.from({ length: 129 }, (_, prefix) => [prefixMaskV6(prefix), prefix]));

/** With `/32` and `/128`; a mask that is no prefix is printed as an address. */
export function maskedText(masked: MaskedAddress): string {
  if (masked.family === 'ipv4') {
    const prefix = PREFIXES_V4.get(masked.mask);
    return `${addressText(masked.address)}/${prefix === undefined ? addressText(masked.mask) : String(prefix)}`;
  }
  const { address, mask } = masked;
  const prefix = PREFIXES_V6.get(mask);
  const maskText = prefix === undefined ? ipv6Text(mask, addressText) : String(prefix);
  return `${ipv6Text(address, addressText)}/${maskText}`;
}

/** Without a mask where it is a single address: how conntrack and policy print. */
export function hostText(masked: MaskedAddress): string {
  const isHost = masked.mask === (masked.family === 'ipv4' ? FULL_V4 : FULL_V6);
  const text = maskedText(masked);
  return isHost ? text.slice(0, text.indexOf('/')) : text;
}

export function isEverything({ mask }: MaskedAddress): boolean {
  return BigInt(mask) === 0n;
}

/** An IPv4 address against a mask of either family. */
export function matchesMasked(address: number, masked: MaskedAddress): boolean {
  return masked.family === 'ipv4' && (address & masked.mask) >>> 0 === masked.address;
}

export function maskedOf({ address, prefix }: Cidr): MaskedAddress {
  return { family: 'ipv4', address, mask: maskOf(prefix) };
}

/** The inverse; undefined for an IPv6 network and for a mask with holes. */
export function cidrOf({ family, address, mask }: MaskedAddress): Cidr | undefined {
  if (family === 'ipv6') return undefined;
  const prefix = PREFIXES_V4.get(mask);
  return prefix === undefined ? undefined : { address, prefix };
}
