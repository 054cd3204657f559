import type { Mark } from './mark.ts';
import { SAREF_BITS, SAREF_FLAG } from './mark.ts';

declare const saref: unique symbol;

/** A 15-bit index of an SA, 1 to 32767. */
export type Saref = number & { readonly [saref]: true };

export const LAST_SAREF = 0x7fff;

/** @returns undefined for what no SA can have: 0 is "none", and 32768 would alias 0 (pfkey_v2_build.c refuses both). */
export function toSaref(value: number): Saref | undefined {
  return Number.isInteger(value) && value >= 1 && value <= LAST_SAREF ? (value as Saref) : undefined;
}

/** The mark that makes mast send a packet by this SA, over the bits that are ours. */
export function markOf(refhim: Saref): Mark {
  return { value: (SAREF_FLAG.value | (refhim << 16)) >>> 0, mask: SAREF_BITS };
}

/** SAref 0: mast0 takes the packet, finds no SA and drops it. */
export const BLOCKED: Mark = { value: SAREF_FLAG.value, mask: SAREF_BITS };

/** The SAref that mast reads from a mark; 0 is none. */
export function sarefBitsOf(nfmark: number): number {
  return (nfmark >>> 16) & LAST_SAREF;
}

/** Our bits of a flow's mark, to be given to its packets. */
export function remembered(ctmark: number): Mark {
  return { value: (ctmark & SAREF_BITS) >>> 0, mask: SAREF_BITS };
}

/** What pluto prints for a ref where the stack has none to show (IPSEC_SAREF_NA in Openswan's openswan.h). */
export const NO_REF = 0xffff0001;
