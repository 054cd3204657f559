import { internetChecksum } from '../domain/checksum.ts';
import type { Packet } from '../domain/packet.ts';

/** Everything that a header holds is a few of these, the upper byte first. */
export function word(value: number): number[] {
  return [Math.floor(value / 0x100) % 0x100, value % 0x100];
}

export function longWord(value: number): number[] {
  return [...word(Math.floor(value / 0x10000)), ...word(value % 0x10000)];
}

/** Puts a value of 16 bits over the two bytes at a place. */
function withWord(bytes: readonly number[], at: number, value: number): number[] {
  const [upper = 0, lower = 0] = word(value);
  return bytes.with(at, upper).with(at + 1, lower);
}

/** Bytes with an Internet checksum, of them and of what stands before them, in the place for it, which holds 0. */
export function sealed(bytes: readonly number[], at: number, before: readonly number[] = []): number[] {
  return withWord(bytes, at, internetChecksum([...before, ...bytes]));
}

/** What the checksums of transports begin with: addresses, protocol, length (RFC 9293, section 3.1). */
export function pseudoHeader({ src, dst, protocol }: Packet, length: number): number[] {
  return [...longWord(src), ...longWord(dst), ...word(protocol), ...word(length)];
}

const HEADER_LENGTH = 20;

/** RFC 791, section 3.1. The identification is 0: the kernel finds one. */
export function ipHeader(
  { src, dst, protocol, dscp = 0 }: Packet,
  { payloadLength, timeToLive }: { readonly payloadLength: number; readonly timeToLive: number },
): number[] {
  // the upper six bits of what was the type of service
  const [version, service] = [0x45, dscp * 4];
  const fragment = [...word(0), ...word(0)];
  const start = [version, service, ...word(HEADER_LENGTH + payloadLength), ...fragment, timeToLive, protocol];
  return sealed([...start, ...word(0), ...longWord(src), ...longWord(dst)], start.length);
}
