/**
 * Marks of 32 bits, each a value and the mask that it speaks for. This file and cidr.ts are the
 * only ones with bit operators: in JavaScript `0x8000 << 16` is negative, so each result ends in `>>> 0`.
 */

export interface Mark {
  readonly value: number;
  readonly mask: number;
}

export const WHOLE_MARK = 0xffffffff;

/** Bit 31: "bits 30..16 are a SAref" (IPSEC_NFMARK_IS_SAREF_BIT in Openswan's include/openswan.h). */
export const SAREF_FLAG: Mark = { value: 0x80000000, mask: 0x80000000 };

/** No SAref chosen yet: what the guard of every classifying rule asks for. */
export const UNMARKED: Mark = { value: 0, mask: 0x80000000 };

/** The bits that are ours. The low 16 belong to others (QoS, other daemons). */
export const SAREF_BITS = 0xffff0000;

/** Exactly what `-m mark --mark V/M` asks; value bits outside the mask never match. */
export function matchesMark(nfmark: number, { value, mask }: Mark): boolean {
  return (nfmark & mask) >>> 0 === value;
}

/** Exactly what `-j MARK --set-xmark V/M` does: clear the bits of the mask, then xor the value. */
export function setXmark(nfmark: number, { value, mask }: Mark): number {
  return ((nfmark & ~mask) ^ value) >>> 0;
}

/** Exactly what CONNMARK does to save one word into the other, and to restore it: --nfmask and --ctmask. */
export function moveMark(from: Mark, into: Mark): number {
  return ((into.value & ~into.mask) ^ (from.value & from.mask)) >>> 0;
}

export function isMarked(nfmark: number): boolean {
  return matchesMark(nfmark, SAREF_FLAG);
}

/** One mark per bit of a word, lowest first: 32 counters that ask for one each spell out a mark. */
export const SINGLE_BITS: readonly Mark[] = Array.from({ length: 32 }, (_, bit) => {
  const value = (1 << bit) >>> 0;
  return { value, mask: value };
});

/** As iptables prints numbers: hexadecimal, lower case, no padding. */
export function hexOf(value: number): string {
  return `0x${value.toString(16)}`;
}

export function unionOf(one: number, other: number): number {
  return (one | other) >>> 0;
}

export function commonOf(one: number, other: number): number {
  return (one & other) >>> 0;
}

/** The 32 bits of a number that may have a sign. */
export function wordOf(value: number): number {
  return value >>> 0;
}

export function complementOf(bits: number): number {
  return ~bits >>> 0;
}

export function lowByteOf(value: number): number {
  return value & 0xff;
}
