import { addressText } from './cidr.ts';
import { protocolText } from './protocol.ts';

/**
 * A packet as the mangle rules meet it: its header and what the kernel knows beside it.
 * `hook` is OUTPUT for a packet made on this host, PREROUTING for one that arrived.
 */
export interface Packet {
  readonly hook: 'OUTPUT' | 'PREROUTING';
  readonly src: number;
  readonly dst: number;
  readonly protocol: number;
  readonly sport?: number;
  readonly dport?: number;
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
