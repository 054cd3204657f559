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
  /** Whether the address is one of this host (addrtype LOCAL). */
  readonly srcIsLocal: boolean;
  readonly dstIsLocal: boolean;
  /** What the packet carries when it meets the rules: 0, an SO_MARK, or bit 31 and the inbound ref. */
  readonly nfmark: number;
}
