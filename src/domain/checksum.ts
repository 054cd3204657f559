/**
 * The Internet checksum of RFC 1071: the ones' complement of the ones' complement sum of all 16-bit
 * words. A last byte alone is the upper half of one.
 */
export function internetChecksum(bytes: readonly number[]): number {
  let sum = bytes.reduce((soFar, byte, index) => soFar + (index % 2 === 0 ? byte << 8 : byte), 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return 0xffff - sum;
}

/** The generator polynomial of CRC32c, 0x1edc6f41, from its lowest bit to its highest (RFC 9260, appendix A). */
const CASTAGNOLI = 0x82f63b78;

export function crc32c(bytes: readonly number[]): number {
  const rest = bytes.reduce((soFar, byte) => shiftedOut(soFar ^ byte), 0xffffffff);
  return (rest ^ 0xffffffff) >>> 0;
}

/** One byte further: eight times a bit. */
function shiftedOut(rest: number): number {
  let shifted = rest;
  for (let bit = 0; bit < 8; bit += 1) shifted = (shifted >>> 1) ^ (shifted & 1 ? CASTAGNOLI : 0);
  return shifted;
}
