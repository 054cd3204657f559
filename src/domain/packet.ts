import { addressText } from './cidr.ts';
import { protocolText } from './protocol.ts';
import type { Sender } from './sender.ts';
import { senderWords } from './sender.ts';

/**
 * A packet as the mangle rules meet it: its header and what the kernel knows beside it.
 * `hook` is OUTPUT for a packet made on this host, PREROUTING for one that arrived. A packet has no
 * sender that arrived, that the kernel sends itself, or that is left of a socket which is closed: one of
 * these is a stray if its flow is not known either.
 */
export interface Packet extends Sender {
  readonly hook: 'OUTPUT' | 'PREROUTING';
  readonly src: number;
  readonly dst: number;
  readonly protocol: number;
  readonly sport?: number;
  readonly dport?: number;
  /** Differentiated services code point; absent: 0. */
  readonly dscp?: number;
  /** Absent in OUTPUT. */
  readonly inInterface?: string;
  /** Of its flow; absent: that of the flow's first packet. */
  readonly direction?: 'original' | 'reply';
  /** Whether the address is one of this host (addrtype LOCAL). */
  readonly srcIsLocal: boolean;
  readonly dstIsLocal: boolean;
  /** What the packet carries when it meets the rules: 0, an SO_MARK, or bit 31 and the inbound ref. */
  readonly nfmark: number;
  /** The mark of its flow, which conntrack keeps; 0 for the first packet of one. */
  readonly ctmark: number;
}

/** `udp 10.9.1.1:40000 -> 192.168.0.1:53`, `esp 10.9.1.1 -> 192.168.0.1`. */
export function packetText({
  src,
  dst,
  protocol,
  sport,
  dport,
}: Pick<Packet, 'src' | 'dst' | 'protocol' | 'sport' | 'dport'>): string {
  const end = (address: number, port: number | undefined): string =>
    port === undefined ? addressText(address) : `${addressText(address)}:${String(port)}`;
  return `${protocolText(protocol)} ${end(src, sport)} -> ${end(dst, dport)}`;
}

/** What the kernel knows of a packet beside its ends: `with dscp 46 by user 1000`; nothing of most. */
export function besideWords({ dscp, ...sender }: Sender & Pick<Packet, 'dscp'>): string[] {
  return [...(dscp === undefined || dscp === 0 ? [] : [`with dscp ${String(dscp)}`]), ...senderWords(sender)];
}
