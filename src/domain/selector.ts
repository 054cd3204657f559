import type { Cidr } from './cidr.ts';
import { cidrText, containsAddress, EVERYWHERE, narrowerOf } from './cidr.ts';
import type { Packet } from './packet.ts';
import type { PortRange } from './port-range.ts';
import { commonPorts, containsPort, portRangeText } from './port-range.ts';
import type { Sender } from './sender.ts';
import { isBySomebody, isInCgroup, narrowerCgroup } from './sender.ts';

/**
 * Which packets an entry speaks for: those that match each of its parts. A list is matched by one of
 * its items, and an absent part by every packet. A packet without ports matches no list of ports. One
 * that asks who sent a packet is for those that this host makes, and says so.
 */
export interface Selector extends Sender {
  readonly src?: readonly Cidr[] | undefined;
  readonly dst?: readonly Cidr[] | undefined;
  readonly protocol?: number | undefined;
  readonly sport?: readonly PortRange[] | undefined;
  readonly dport?: readonly PortRange[] | undefined;
  /** Where the packet comes in; MADE_HERE for those that this host makes. */
  readonly inInterface?: string | undefined;
  /** Differentiated services code point. */
  readonly dscp?: number | undefined;
}

/** The input interface of packets that have none. */
export const MADE_HERE = '';

/** Whether it is for packets of this host alone. */
export function isMadeHere({ inInterface }: Selector): boolean {
  return inInterface === MADE_HERE;
}

export function matchesSelector(selector: Selector, packet: Packet): boolean {
  const { src, dst, protocol, sport, dport, inInterface } = selector;
  return (
    isAmong(src, packet.src) &&
    isAmong(dst, packet.dst) &&
    (protocol === undefined || protocol === packet.protocol) &&
    isPortAmong(sport, packet.sport) &&
    isPortAmong(dport, packet.dport) &&
    (inInterface === undefined || inInterface === (packet.inInterface ?? MADE_HERE)) &&
    (selector.dscp === undefined || selector.dscp === (packet.dscp ?? 0)) &&
    isFrom(selector, packet)
  );
}

function isFrom({ isStray, uid, gid, cgroup }: Selector, packet: Packet): boolean {
  return (
    (isStray === undefined || packet.isStray === true) &&
    (uid === undefined || uid === packet.uid) &&
    (gid === undefined || gid === packet.gid) &&
    (cgroup === undefined || isInCgroup(packet.cgroup, cgroup))
  );
}

function isAmong(networks: readonly Cidr[] | undefined, address: number): boolean {
  return networks === undefined || networks.some((network) => containsAddress(network, address));
}

function isPortAmong(ranges: readonly PortRange[] | undefined, port: number | undefined): boolean {
  if (ranges === undefined) return true;
  return port !== undefined && ranges.some((range) => containsPort(range, port));
}

/** The packets that both match; undefined where there are none. */
export function commonOf(one: Selector, other: Selector): Selector | undefined {
  const common = {
    src: commonItems(one.src, other.src, narrowerOf),
    dst: commonItems(one.dst, other.dst, narrowerOf),
    protocol: commonItems(listOf(one.protocol), listOf(other.protocol), same),
    sport: commonItems(one.sport, other.sport, commonPorts),
    dport: commonItems(one.dport, other.dport, commonPorts),
    inInterface: commonItems(listOf(one.inInterface), listOf(other.inInterface), same),
    dscp: commonItems(listOf(one.dscp), listOf(other.dscp), same),
    uid: commonItems(listOf(one.uid), listOf(other.uid), same),
    gid: commonItems(listOf(one.gid), listOf(other.gid), same),
    cgroup: commonItems(listOf(one.cgroup), listOf(other.cgroup), narrowerCgroup),
  };
  if (Object.values(common).some((items) => items?.length === 0)) return undefined;
  const { src, dst, protocol, sport, dport, inInterface, ...rest } = common;
  const single = { protocol: protocol?.[0], inInterface: inInterface?.[0], dscp: rest.dscp?.[0] };
  const sender = { uid: rest.uid?.[0], gid: rest.gid?.[0], cgroup: rest.cgroup?.[0] };
  const isStray = one.isStray ?? other.isStray;
  if (isStray === true && isBySomebody(sender)) return undefined;
  return { src, dst, sport, dport, ...single, ...(isStray && { isStray }), ...sender };
}

/** Undefined is every item. */
function commonItems<T>(
  ones: readonly T[] | undefined,
  others: readonly T[] | undefined,
  common: (one: T, other: T) => T | undefined,
): readonly T[] | undefined {
  if (ones === undefined || others === undefined) return ones ?? others;
  return ones.flatMap((one) =>
    others.map((other) => common(one, other)).filter((item): item is T & {} => item !== undefined),
  );
}

function listOf<T>(value: T | undefined): readonly T[] | undefined {
  return value === undefined ? undefined : [value];
}

function same<T>(one: T, other: T): T | undefined {
  return one === other ? one : undefined;
}

/** One text for the same parts, in whatever order their items are written. */
export function keyOf({ src, dst, protocol, sport, dport, inInterface, ...rest }: Selector): string {
  const networks = [src, dst].map((side) => sortedText(side ?? [EVERYWHERE], cidrText));
  const ports = [sport, dport].map((side) => side && sortedText(side, (range) => portRangeText(range, '-')));
  const { dscp, isStray, uid, gid, cgroup } = rest;
  return JSON.stringify([...networks, protocol, ...ports, inInterface, dscp, isStray, uid, gid, cgroup]);
}

function sortedText<T>(items: readonly T[], textOf: (item: T) => string): string {
  return items.map(textOf).sort().join(' ');
}
