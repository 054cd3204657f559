import type { Cidr } from '../domain/cidr.ts';
import { ipsecSelectors } from '../domain/ipsec.ts';
import type { Packet } from '../domain/packet.ts';
import type { PortRange } from '../domain/port-range.ts';
import { ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../domain/protocol.ts';
import type { Selector } from '../domain/selector.ts';
import { isBySender } from '../domain/sender.ts';
import { MADE_HERE } from '../domain/selector.ts';
import type { Witness } from '../domain/witness.ts';
import { witnessOf } from '../domain/witness.ts';
import { decide } from '../plan/decide.ts';
import { isOnward } from '../plan/onward.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { throughAlias } from './through-alias.ts';

/** A packet that is to be sent, and the entry that it is a witness for. */
export interface Probe {
  readonly entry: ActiveEntry;
  readonly packet: Packet;
  /** As it leaves: on its way to the real network, where it is for an alias. */
  readonly leaving: Packet;
}

/** A probe that an entry does not get. */
export interface Gap {
  readonly entry: ActiveEntry;
  readonly hook: Packet['hook'];
  /** Why, in words that can follow a colon. */
  readonly reason: string;
  /** Whether the reason is that earlier entries decide all such packets. */
  readonly isTaken: boolean;
}

export interface Probes {
  readonly probes: readonly Probe[];
  readonly gaps: readonly Gap[];
}

/**
 * Whether conntrack keeps a mark for the flow of such a packet. It never does for ICMPv6 in IPv4, nor
 * for UDP-Lite that comes in: it takes the checksum for one of UDP, and the packet for invalid
 * (udplite_error in nf_conntrack_proto_udp.c, Linux 6.18).
 */
export function hasMemory(plan: MarkPlan, { packet, entry }: Probe): boolean {
  const remembers = plan.tracking === 'flow' || isBySender(entry.selector);
  // a flow from client to client remembers whom to answer
  return remembers && !isOnward(plan, entry) && packet.protocol !== ICMPV6 && packet.protocol !== UDPLITE;
}

/**
 * Whether all of an entry's packets go by earlier entries. In a policy without mistakes these are
 * entries that would step aside if their conn were down (see SM1305): it is there for that case.
 *
 * @param own gaps of the entry, which has no probe
 */
export function isStandby(own: readonly Gap[]): boolean {
  return own.some(({ isTaken }) => isTaken);
}

/** How packets come to the host. */
export interface Arrivals {
  /** Where those come in that may come in anywhere. */
  readonly device: string;
  /** Devices that cannot be had, and why. */
  readonly missing: ReadonlyMap<string, string>;
}

/**
 * For each entry a packet made on the host and one that is forwarded, as far as the entry speaks of
 * such. No two of them have the same header or belong to the same flow, so that each can be told from
 * all others and none is marked by another one's memory.
 */
export function probesFor(plan: MarkPlan, { device, missing }: Arrivals): Probes {
  const gaps: Gap[] = [];
  const probes: Probe[] = [];
  const earlier: Selector[] = [];
  for (const entry of activeEntriesOf(plan)) {
    const { inInterface = device } = entry.selector;
    for (const arrival of new Set([MADE_HERE, inInterface])) {
      const hook = arrival === MADE_HERE ? 'OUTPUT' : 'PREROUTING';
      const within = [entry.selector, { inInterface: arrival }];
      const obstacles = obstaclesTo(hook, { plan, entry, earlier, probes });
      const refusal = missing.get(arrival) ?? unsendable(entry);
      const witness = refusal === undefined ? witnessOf(within, obstacles.flatMap(packetsOf)) : undefined;
      if (witness === undefined) {
        const reason = refusal ?? reasonOf(within, obstacles);
        gaps.push({ entry, hook, reason, isTaken: reason === TAKEN });
      } else probes.push(probeOf(plan, entry, sentBySomebody(plan, entry, packetOf(witness, hook))));
    }
    earlier.push(entry.selector);
  }
  return { probes, gaps };
}

/** Root sends what nobody else is asked to, and `nobody` where root's packets go elsewhere. */
const [ROOT, ANYBODY] = [0, 65_534];

/** What is sent has a sender, which makes a difference as soon as an entry asks. */
export function sentBySomebody(plan: MarkPlan, entry: ActiveEntry, packet: Packet): Packet {
  if (packet.hook === 'PREROUTING' || !plan.entries.some(({ selector }) => isBySender(selector)))
    return packet;
  const sentBy = (id: number): Packet => ({ ...packet, uid: packet.uid ?? id, gid: packet.gid ?? id });
  return decide(plan, sentBy(ROOT)).entry === entry ? sentBy(ROOT) : sentBy(ANYBODY);
}

/** Why nothing can be sent for an entry, whatever it says of the header. */
export function unsendable({ selector: { cgroup } }: ActiveEntry): string | undefined {
  return cgroup === undefined ? undefined : 'only a program in its cgroup sends such packets';
}

/** Packets that cannot be sent for an entry, and why. */
interface Obstacle {
  readonly packets: readonly Selector[];
  readonly reason: string;
}

function packetsOf({ packets }: Obstacle): readonly Selector[] {
  return packets;
}

export function probeOf(plan: MarkPlan, entry: ActiveEntry, packet: Packet): Probe {
  return { entry, packet, leaving: { ...packet, dst: decide(plan, packet).dst } };
}

interface Surroundings {
  readonly plan: MarkPlan;
  readonly entry: ActiveEntry;
  readonly earlier: readonly Selector[];
  readonly probes: readonly Probe[];
}

const TAKEN = 'earlier entries decide all such packets';

/** In the order in which they make sense to a person. */
function obstaclesTo(hook: Packet['hook'], { plan, entry, earlier, probes }: Surroundings): Obstacle[] {
  const isLocal = hook === 'OUTPUT';
  const packets = probes.flatMap(({ packet, leaving }) =>
    packet.dst === leaving.dst ? [packet] : [packet, leaving],
  );
  const used = [...packets.flatMap(sameFlow), ...(isLocal ? packets.flatMap(addressesUsed) : [])];
  return [
    { packets: [], reason: 'the entry asks for packets that come in' },
    {
      packets: isLocal ? ipsecSelectors(plan.ikePorts) : [],
      reason: "it is this host's own IKE, ESP or AH, which is never marked",
    },
    { packets: earlier, reason: TAKEN },
    { packets: NOT_BETWEEN_HOSTS, reason: 'such packets do not go from host to host' },
    {
      packets: [...used, ...throughAlias(used, entry)],
      reason: 'such a packet would belong to the flow of one that is sent for another entry',
    },
  ];
}

/** That of the obstacle that leaves no packet, taken together with those before it. All together leave none. */
function reasonOf(within: readonly Selector[], obstacles: readonly Obstacle[]): string {
  const last = obstacles.find((_, index) => {
    const before = obstacles.slice(0, index + 1).flatMap(packetsOf);
    return witnessOf(within, before) === undefined;
  });
  return (last as Obstacle).reason;
}

/**
 * Addresses that are not routed, or not one host's (RFC 6890); and protocol 0, which rules cannot ask
 * for: it is iptables' word for all of them.
 */
export const NOT_BETWEEN_HOSTS: readonly Selector[] = [
  ...[
    { address: 0, prefix: 8 },
    { address: 0x7f000000, prefix: 8 },
    { address: 0xa9fe0000, prefix: 16 },
    { address: 0xe0000000, prefix: 3 },
  ].flatMap((network): Selector[] => [{ src: [network] }, { dst: [network] }]),
  { protocol: 0 },
];

/** Protocols whose flows conntrack tells apart by their ports; of others not every kernel does. */
const PORTS_MAKE_FLOWS = [TCP, UDP, SCTP];

/** Packets there and back. */
export function sameFlow({ src, dst, protocol, sport, dport }: Packet): Selector[] {
  const [from, to] = [only(src), only(dst)];
  if (!PORTS_MAKE_FLOWS.includes(protocol)) {
    return [
      { src: from, dst: to, protocol },
      { src: to, dst: from, protocol },
    ];
  }
  return [
    { src: from, dst: to, protocol, sport: onlyPort(sport), dport: onlyPort(dport) },
    { src: to, dst: from, protocol, sport: onlyPort(dport), dport: onlyPort(sport) },
  ];
}

/** What a packet of the host is sent from is an address of the host, and packets to one are never marked. */
function addressesUsed({ hook, src, dst }: Packet): Selector[] {
  return hook === 'OUTPUT' ? [{ dst: only(src) }, { src: only(dst) }] : [];
}

function only(address: number): Cidr[] {
  return [{ address, prefix: 32 }];
}

function onlyPort(port = 0): PortRange[] {
  return [{ first: port, last: port }];
}

/** The packet that a witness is an example of: the first one of its flow. */
export function packetOf({ inInterface, ...header }: Witness, hook: Packet['hook']): Packet {
  return {
    ...header,
    ...(hook === 'OUTPUT' ? { hook } : { hook, inInterface }),
    srcIsLocal: hook === 'OUTPUT',
    dstIsLocal: false,
    nfmark: 0,
    ctmark: 0,
  };
}
