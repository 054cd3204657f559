import type { Cidr } from '../domain/cidr.ts';
import { addressText } from '../domain/cidr.ts';
import type { Packet } from '../domain/packet.ts';
import { UDP } from '../domain/protocol.ts';
import type { Ends, Selector } from '../domain/selector.ts';
import { witnessOf } from '../domain/selector.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';

/** A packet that is to be sent, and the entry that it is a witness for. */
export interface Probe {
  readonly entry: ActiveEntry;
  readonly packet: UdpPacket;
}

export type UdpPacket = Packet & { readonly sport: number; readonly dport: number };

export interface Probes {
  readonly probes: readonly Probe[];
  /** Entries for which there is no packet: earlier ones, or networks that cannot be used, take all of theirs. */
  readonly unprobed: readonly ActiveEntry[];
}

/** Never sent to or from: not routed, or not one host's (RFC 6890). */
const SPECIAL_NETWORKS: readonly Cidr[] = [
  { address: 0, prefix: 8 },
  { address: 0x7f000000, prefix: 8 },
  { address: 0xa9fe0000, prefix: 16 },
  { address: 0xe0000000, prefix: 3 },
];

/**
 * For each entry a packet made on the host and one that is forwarded, each told from all others by its
 * source port.
 *
 * @param inInterface where the forwarded packets come in
 */
export function probesFor(plan: MarkPlan, inInterface: string): Probes {
  const taken: Selector[] = SPECIAL_NETWORKS.flatMap((network) => [{ src: network }, { dst: network }]);
  const ports = portsBut(plan.ikePorts);
  const probes: Probe[] = [];
  const unprobed: ActiveEntry[] = [];
  for (const entry of activeEntriesOf(plan)) {
    const ends = witnessOf(entry.selector, taken);
    if (ends === undefined) unprobed.push(entry);
    else probes.push(...packetsOf(ends, { inInterface, ports }).map((packet) => ({ entry, packet })));
    taken.push(entry.selector, ...(ends === undefined ? [] : notTheOtherWayRound(ends)));
  }
  return { probes, unprobed };
}

/** An address of this host is no destination of a probe: packets to the host itself are never marked. */
function notTheOtherWayRound({ src, dst }: Ends): Selector[] {
  return [{ dst: { address: src, prefix: 32 } }, { src: { address: dst, prefix: 32 } }];
}

interface PacketDetails {
  readonly inInterface: string;
  readonly ports: Iterator<number, never>;
}

function packetsOf(ends: Ends, { inInterface, ports }: PacketDetails): UdpPacket[] {
  const udp = (): Pick<
    UdpPacket,
    'src' | 'dst' | 'protocol' | 'sport' | 'dport' | 'dstIsLocal' | 'nfmark'
  > => ({
    ...ends,
    protocol: UDP,
    sport: ports.next().value,
    dport: ports.next().value,
    dstIsLocal: false,
    nfmark: 0,
  });
  return [
    { hook: 'OUTPUT', srcIsLocal: true, ...udp() },
    { hook: 'PREROUTING', inInterface, srcIsLocal: false, ...udp() },
  ];
}

/** Unprivileged ports, round and round, but for those of IKE. */
function* portsBut(excluded: readonly number[]): Generator<number, never> {
  for (let port = 20_000; ; port = port === 65_535 ? 20_000 : port + 1) {
    if (!excluded.includes(port)) yield port;
  }
}

/** `udp 10.9.1.1:20000 -> 192.168.0.1:20001`. */
export function packetText({ src, sport, dst, dport }: UdpPacket): string {
  return `udp ${addressText(src)}:${String(sport)} -> ${addressText(dst)}:${String(dport)}`;
}
