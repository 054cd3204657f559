import type { Box, Range } from '../domain/box.ts';
import { productOf } from '../domain/box.ts';
import type { Cidr } from '../domain/cidr.ts';
import { containsAddress, lastAddressOf } from '../domain/cidr.ts';
import { ipsecSelectors } from '../domain/ipsec.ts';
import { overlapsIn } from '../domain/overlap-index.ts';
import type { Packet } from '../domain/packet.ts';
import { hasPorts, TCP, UDP } from '../domain/protocol.ts';
import { LAST_SAREF, markOf, toSaref } from '../domain/saref.ts';
import type { Selector } from '../domain/selector.ts';
import { isMadeHere, MADE_HERE } from '../domain/selector.ts';
import { isBySender } from '../domain/sender.ts';
import { witnessOf } from '../domain/witness.ts';
import type { Decided } from '../plan/decide.ts';
import { decide } from '../plan/decide.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { protectedNetworks } from '../plan/protected.ts';
import { entryWitness } from './entry-witness.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { atAddresses } from './own-addresses.ts';
import { packetOf } from './probe.ts';

/** A packet that rules are held against the plan with. */
export interface TraceWitness {
  readonly packet: Packet;
  /** What the policy says. */
  readonly decided: Decided;
  /** The entry that it was made up for: it decides the packet, or just does not. */
  readonly about: ActiveEntry | undefined;
  /** The conn that its flow came in by; absent where entries decide. */
  readonly cameInBy?: string;
}

/**
 * For each entry, made here and forwarded: packets from its corners, packets one step outside of each
 * of its edges, which another entry may take or none, and those that its rules must leave alone, for
 * they are to this host or have a mark already. Then packets that no entry speaks of, the host's own
 * IPsec, and what mast has decapsulated. One after the other: of many entries they are too many to keep.
 */
export function* traceWitnesses(plan: MarkPlan, own: OwnAddresses): Generator<TraceWitness, void> {
  for (const { packet, about } of madeUpFor(plan, own))
    yield { packet, about, decided: decide(plan, packet) };
}

function* madeUpFor(plan: MarkPlan, own: OwnAddresses): Generator<Made, void> {
  const entries = activeEntriesOf(plan);
  const device = otherDevice(plan);
  for (const entry of entries) {
    const arrivals = isMadeHere(entry.selector) ? [MADE_HERE] : [MADE_HERE, device];
    for (const arrival of arrivals) yield* aboutEntry({ plan, entry, own }, arrival);
  }
  yield* ownIpsec(plan, own);
  yield* decapsulated(plan, entries);
  yield* outsideOfAll(entries, device);
  yield* forProtected(plan, device);
}

type Made = Pick<TraceWitness, 'packet' | 'about'>;

/** A device that no entry names, for what may come in anywhere. */
export function otherDevice(plan: MarkPlan): string {
  const named = plan.entries.map(({ selector }) => selector.inInterface);
  let device = 'eth0';
  while (named.includes(device) || device === plan.interface) device = `x${device}`;
  return device;
}

interface About {
  readonly plan: MarkPlan;
  readonly entry: ActiveEntry;
  readonly own: OwnAddresses;
}

function aboutEntry({ plan, entry, own }: About, arrival: string): Made[] {
  const { selector } = entry;
  const isLocal = arrival === MADE_HERE;
  const hook = isLocal ? 'OUTPUT' : 'PREROUTING';
  const inInterface = isLocal ? MADE_HERE : (selector.inInterface ?? arrival);
  const boxes = boxesOf(selector);
  const { dscp, uid, gid, cgroup } = selector;
  const beside = { ...(dscp !== undefined && { dscp }), ...(isBySender(selector) && { uid, gid, cgroup }) };
  const made = (point: Point, parts: Partial<Packet> = {}): Made => ({
    packet: { ...packetOf(headerOf(point, inInterface), hook), ...beside, ...parts },
    about: entry,
  });
  const corners = boxes.flatMap((box) => [
    made(pointIn(box, selector, 'first')),
    made(pointIn(box, selector, 'last')),
  ]);
  const [base] = corners as [Made];
  const isDecided = corners.some(({ packet }) => decide(plan, packet).entry === entry);
  const decided = isDecided
    ? undefined
    : entryWitness(plan, entry, { hook, within: [{ inInterface }], without: [] });
  const variants: Partial<Packet>[] = [
    ...(isLocal || selector.inInterface === undefined ? [] : [{ inInterface: arrival }]),
    ...addressesIn(selector, own).map((dst) => ({ dst, dstIsLocal: true })),
    // what is left of a closed socket, of a flow that is known and of one that is not
    ...(isBySender(selector) ? [NO_SENDER, { ...NO_SENDER, protocol: TCP, isStray: true as const }] : []),
    ...(dscp === undefined ? [] : [{ dscp: dscp === 0 ? 1 : 0 }]),
    { nfmark: ANOTHER_MARK },
    { ctmark: ANOTHER_MARK },
  ];
  return [
    ...corners,
    ...(decided === undefined ? [] : [{ packet: decided, about: entry }]),
    ...outsidePoints(selector, boxes).map((point) => made(point)),
    ...variants.map((parts) => ({ packet: { ...base.packet, ...parts }, about: entry })),
  ];
}

const NO_SENDER = { uid: undefined, gid: undefined, cgroup: undefined };

/** One of the host's own that the entry would take for a destination, if there is one. */
function addressesIn({ dst }: Selector, { addresses }: OwnAddresses): number[] {
  const inside = addresses.filter(
    (address) => dst === undefined || dst.some((network) => containsAddress(network, address)),
  );
  return inside.slice(0, 1);
}

/** As an application may have set it, or an earlier packet of the flow: of no conn that is up, most likely. */
export const ANOTHER_MARK = markOf(toSaref(LAST_SAREF) as NonNullable<ReturnType<typeof toSaref>>).value;

/** Source, destination, source port, destination port, protocol. */
type Point = readonly [number, number, number, number, number];

function headerOf(
  [src, dst, sport, dport, protocol]: Point,
  inInterface: string,
): Parameters<typeof packetOf>[0] {
  return { src, dst, protocol, ...(hasPorts(protocol) && { sport, dport }), inInterface };
}

/** 10.0.0.1, 192.0.2.1, and ports that a client of DNS has: for who may be anywhere. */
const ANYWHERE: readonly Range[] = [0x0a000001, 0xc0000201, 40_000, 53].map((value) => ({
  first: value,
  last: value,
}));

function boxesOf({ src, dst, sport, dport }: Selector): Box[] {
  const sides = [src?.map(rangeOf), dst?.map(rangeOf), sport, dport];
  return productOf(sides.map((ranges, dimension) => ranges ?? [ANYWHERE[dimension] as Range]));
}

function rangeOf(network: Cidr): Range {
  return { first: network.address, last: lastAddressOf(network) };
}

/** In an entry for every protocol the two corners are of different ones. */
function pointIn(box: Box, { protocol }: Selector, corner: 'first' | 'last'): Point {
  const [src = 0, dst = 0, sport = 0, dport = 0] = box.map((range) => range[corner]);
  return [src, dst, sport, dport, protocol ?? (corner === 'first' ? UDP : TCP)];
}

const LAST_VALUES = [0xffffffff, 0xffffffff, 65_535, 65_535];

/** From the first corner of each box one step over each of its edges, and to another protocol. */
function outsidePoints(selector: Selector, boxes: readonly Box[]): Point[] {
  const { src, dst, sport, dport, protocol } = selector;
  const isAsked = [src, dst, sport, dport].map((side) => side !== undefined);
  const seen = new Set<string>();
  const points = boxes.flatMap((box) => {
    const inside = pointIn(box, selector, 'first');
    const steps = box.flatMap(({ first, last }, dimension): Point[] => {
      const key = `${String(dimension)} ${String(first)} ${String(last)}`;
      if (isAsked[dimension] !== true || seen.has(key)) return [];
      seen.add(key);
      return [first - 1, last + 1]
        .filter((value) => value >= 0 && value <= (LAST_VALUES[dimension] as number))
        .map((value) => inside.with(dimension, value) as unknown as Point);
    });
    return steps;
  });
  const [base] = boxes as [Box];
  const [a, b, c, d] = pointIn(base, selector, 'first');
  return protocol === undefined ? points : [...points, [a, b, c, d, protocol === TCP ? UDP : TCP]];
}

/** One of each kind that the entries would take if it were somebody else's. */
function ownIpsec(plan: MarkPlan, own: OwnAddresses): Made[] {
  const within = [{ inInterface: MADE_HERE }, atAddresses('src', own)];
  return ipsecSelectors(plan.ikePorts).flatMap((selector) => {
    for (const about of activeEntriesOf(plan)) {
      const witness = witnessOf([selector, about.selector, ...within], [atAddresses('dst', own)]);
      if (witness !== undefined) return [{ packet: packetOf(witness, 'OUTPUT'), about }];
    }
    return [];
  });
}

/**
 * It comes in by mast with the inbound SAref, which is to be left as it is: for the way on, and for mast.
 * Where its flow is told by which conn it came in there are others, one of each conn.
 */
function decapsulated(plan: MarkPlan, entries: readonly ActiveEntry[]): Made[] {
  if (plan.inbound !== undefined) return [];
  return entries.slice(0, 1).flatMap(({ selector }) => {
    const [box] = boxesOf(selector) as [Box];
    const header = headerOf(pointIn(box, selector, 'first'), plan.interface);
    return [{ packet: { ...packetOf(header, 'PREROUTING'), nfmark: ANOTHER_MARK }, about: undefined }];
  });
}

/** Of each protected network a packet that no entry takes, made here, forwarded, and out of a tunnel. */
function forProtected(plan: MarkPlan, device: string): Made[] {
  const { unprotected } = plan;
  const free = [
    ...activeEntriesOf(plan).map(({ selector }) => selector),
    ...(unprotected.length > 0 ? [{ dst: unprotected }] : []),
    ...ipsecSelectors(plan.ikePorts),
  ];
  const overlapping = overlapsIn(free);
  return protectedNetworks(plan).flatMap(({ network }) => {
    const inside = { dst: [network] };
    const taken = [...overlapping(inside)].map((place) => free[place] as Selector);
    return [MADE_HERE, device, plan.interface].flatMap((inInterface) => {
      const witness = witnessOf([inside, { inInterface }], taken);
      if (witness === undefined) return [];
      const packet = packetOf(witness, inInterface === MADE_HERE ? 'OUTPUT' : 'PREROUTING');
      const nfmark = inInterface === plan.interface ? ANOTHER_MARK : 0;
      return [{ packet: { ...packet, nfmark }, about: undefined }];
    });
  });
}

function outsideOfAll(entries: readonly ActiveEntry[], device: string): Made[] {
  const selectors = entries.map(({ selector }) => selector);
  return [MADE_HERE, device].flatMap((inInterface) => {
    const witness = witnessOf([{ inInterface }], selectors);
    const hook = inInterface === MADE_HERE ? 'OUTPUT' : 'PREROUTING';
    return witness === undefined ? [] : [{ packet: packetOf(witness, hook), about: undefined }];
  });
}
