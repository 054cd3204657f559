import { crc32c } from '../domain/checksum.ts';
import type { Packet } from '../domain/packet.ts';
import { DCCP, ICMP, SCTP, TCP, UDP, UDPLITE } from '../domain/protocol.ts';
import { ipHeader, longWord, pseudoHeader, sealed, word } from './bytes.ts';

/**
 * The packet as it goes over the wire, complete and with right checksums. It is the first one of its
 * flow: conntrack finds all others invalid, and a flow that it does not know has no memory.
 */
export function bytesOf(packet: Packet, timeToLive = USUAL_TIME_TO_LIVE): number[] {
  const payload = payloadOf(packet);
  return [...ipHeader(packet, { payloadLength: payload.length, timeToLive }), ...payload];
}

/** What hosts give to their packets (IPDEFTTL in linux/ip.h). */
const USUAL_TIME_TO_LIVE = 64;

function payloadOf(packet: Packet): number[] {
  switch (packet.protocol) {
    case ICMP:
      return ECHO_REQUEST;
    case TCP:
      return tcpSyn(packet);
    case UDP:
    case UDPLITE:
      return udpHeader(packet);
    case DCCP:
      return dccpRequest(packet);
    case SCTP:
      return sctpInit(packet);
    default:
      return [...longWord(0), ...longWord(0)];
  }
}

/** RFC 792: type, code, checksum, identifier, sequence number. */
const ECHO_REQUEST = sealed([8, 0, ...word(0), ...word(1), ...word(1)], 2);

function portsOf({ sport = 0, dport = 0 }: Packet): number[] {
  return [...word(sport), ...word(dport)];
}

/** RFC 9293, section 3.1: sequence number, none acknowledged, five words of header, SYN, window. */
function tcpSyn(packet: Packet): number[] {
  const start = [...portsOf(packet), ...longWord(1), ...longWord(0), 0x50, 0x02, ...word(0xffff)];
  return sealed([...start, ...word(0), ...word(0)], start.length, pseudoHeader(packet, 20));
}

/** RFC 768; RFC 3828 has in place of the length how much the checksum covers: here all as well. */
function udpHeader(packet: Packet): number[] {
  const header = sealed([...portsOf(packet), ...word(8), ...word(0)], 6, pseudoHeader(packet, 8));
  const hasNone = header.at(6) === 0 && header.at(7) === 0;
  return hasNone ? [...header.slice(0, 6), ...word(0xffff)] : header;
}

/** RFC 4340, section 5.1: five words of header, type Request with a long sequence number, service code. */
function dccpRequest(packet: Packet): number[] {
  const start = [...portsOf(packet), 5, 0];
  const rest = [0x01, 0, ...word(0), ...longWord(1), ...longWord(0)];
  return sealed([...start, ...word(0), ...rest], start.length, pseudoHeader(packet, 20));
}

/** RFC 9260, sections 3.1 and 3.3.2: verification tag 0, one INIT chunk. Its CRC has the lowest byte first. */
function sctpInit(packet: Packet): number[] {
  const start = [...portsOf(packet), ...longWord(0)];
  const [tag, credit, streams, sequence] = [
    longWord(1),
    longWord(0xffff),
    [...word(1), ...word(1)],
    longWord(1),
  ];
  const chunk = [1, 0, ...word(20), ...tag, ...credit, ...streams, ...sequence];
  const checksum = longWord(crc32c([...start, ...longWord(0), ...chunk])).reverse();
  return [...start, ...checksum, ...chunk];
}
