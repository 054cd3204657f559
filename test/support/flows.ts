import fc from 'fast-check';
import type { Cidr } from '../../src/domain/cidr.ts';
import { lastAddressOf, toAddress } from '../../src/domain/cidr.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { MADE_HERE } from '../../src/domain/selector.ts';
import type { Sender } from '../../src/domain/sender.ts';
import { LAST_PORT } from '../../src/domain/port-range.ts';
import type { PortRange } from '../../src/domain/port-range.ts';
import { hasPorts, UDP } from '../../src/domain/protocol.ts';
import { mostly, rare } from './arbitraries.ts';
import { CGROUPS, DSCPS, IDS, PROTOCOLS } from './policies.ts';
import type { AnyPolicy, Meaning } from './written.ts';
import { inboundOf, meaningsOf } from './written.ts';

/** Packets of one flow in their order. Each one meets the ctmark that the one before has left. */
export interface Flow {
  readonly ctmark: number;
  readonly packets: readonly Packet[];
}

/** One of the ranges of a list, and where in it or just outside of it. */
interface Spot {
  readonly item: number;
  readonly edge: 'first' | 'last' | 'below' | 'above';
}

/** A flow in words of a policy: which entry it is about, and on which edges of it. */
export interface FlowRecipe {
  readonly entry: number;
  readonly src: Spot;
  readonly dst: Spot;
  readonly sport: Spot;
  readonly dport: Spot;
  /** Undefined: that of the entry. */
  readonly protocol: number | undefined;
  /** IKE instead: by which of its ports, on which end, and how far beside it. */
  readonly ike:
    { readonly port: number; readonly at: 'sport' | 'dport'; readonly beside: number } | undefined;
  readonly way: 'from this host' | 'to this host' | 'forwarded';
  /** Who comes in by mast, and it opens the flow: a conn of those with a ref, or none of them. */
  readonly inbound: number | undefined;
  /** undefined: as it is with most packets that go this way. */
  readonly srcIsLocal: boolean | undefined;
  readonly ctmark: number;
  readonly packets: readonly PacketRecipe[];
}

/** What the packets of one flow do not have in common. */
interface PacketRecipe {
  readonly isReply: boolean;
  /** Undefined: that of the entry. Nothing to a packet that this host makes. */
  readonly inInterface: string | undefined;
  readonly isDecapsulated: boolean;
  readonly nfmark: number;
  /** Whose packet it is that this host makes, and its DSCP: as the entry asks, or of all that there are. */
  readonly sender: 'of the entry' | 'nobody' | 'nobody any more' | number;
  readonly dscp: number | undefined;
}

/** Bits of others: QoS in the low half, and what somebody else keeps in our half without the flag. */
const FOREIGN = [0, 0, 0, 0x1234, 0x7fff0004];

/** What an application chose, blocked, and all there is. */
const OURS = [0x80050000, 0x80000000, 0xffffffff];

function anySpot(): fc.Arbitrary<Spot> {
  return fc.record({
    item: fc.nat({ max: 8 }),
    edge: mostly<Spot['edge']>(24, ['first', 'last'], ['below', 'above']),
  });
}

function anyRecipeOfPacket(): fc.Arbitrary<PacketRecipe> {
  return fc.record({
    isReply: mostly(5, [false], [true]),
    inInterface: mostly(8, [undefined], ['eth2', 'eth1.70', 'lo']),
    isDecapsulated: mostly(12, [false], [true]),
    nfmark: mostly(8, FOREIGN, OURS),
    sender: fc.oneof(
      { weight: 4, arbitrary: fc.constant('of the entry' as const) },
      { weight: 1, arbitrary: fc.constant('nobody' as const) },
      { weight: 2, arbitrary: fc.constant('nobody any more' as const) },
      { weight: 2, arbitrary: fc.nat({ max: 50 }) },
    ),
    dscp: rare(fc.constantFrom(...DSCPS), 4),
  });
}

export function anyFlow(): fc.Arbitrary<FlowRecipe> {
  const spot = anySpot();
  const ike = fc.record({
    port: fc.nat({ max: 30 }),
    at: fc.constantFrom('sport' as const, 'dport' as const),
    beside: fc.constantFrom(0, 0, 0, 1, -1),
  });
  return fc.record({
    ...{ entry: fc.nat({ max: 11 }), src: spot, dst: spot, sport: spot, dport: spot },
    protocol: rare(fc.constantFrom(...PROTOCOLS), 6),
    ike: rare(ike, 8),
    way: mostly<FlowRecipe['way']>(10, ['from this host', 'forwarded'], ['to this host']),
    inbound: rare(fc.nat({ max: 8 }), 6),
    srcIsLocal: mostly<boolean | undefined>(8, [undefined], [true, false]),
    ctmark: mostly(8, FOREIGN, OURS),
    packets: fc.array(anyRecipeOfPacket(), { minLength: 1, maxLength: 4, size: 'max' }),
  });
}

export function flowFor(policy: AnyPolicy, recipe: FlowRecipe): Flow {
  const meanings = meaningsOf(policy);
  // IKE is of interest where a tunnel is inside of another one
  const outers = recipe.ike && new Set(meanings.map(({ over }) => over));
  const outer = meanings.find(({ conn, isBySocket }) => !isBySocket && outers?.has(conn));
  const peer = outer && recipe.entry % 3 === 0 ? peerOf(policy, outer.conn) : undefined;
  const { selector: about = {} } = outer ?? meanings[recipe.entry % meanings.length] ?? {};
  const mast = policy.mast?.interface ?? 'mast0';
  const packets = recipe.packets.map((one): Packet => {
    const ends = { ...endsFor(about, recipe), ...(peer !== undefined && { dst: peer }) };
    const header = { ...ends, ...payloadFor(about, policy, recipe) };
    // what the entries are about is then the answers
    const opening = recipe.inbound === undefined ? header : answered(header);
    const inbound = one.isReply ? undefined : recipe.inbound;
    const packet = arriving(one.isReply ? answered(opening) : opening, {
      ...{ about, mast, one },
      inboundMark: inbound === undefined ? undefined : refMark(policy, inbound),
      decapsulatedMark: refMark(policy, one.isReply ? 1 + (recipe.entry % 3) : recipe.entry % 7),
    });
    return one.isReply ? { ...packet, direction: 'reply' } : packet;
  });
  return { ctmark: recipe.ctmark, packets };
}

function peerOf({ sarefs }: AnyPolicy, conn: string): number | undefined {
  const [, text] = sarefs.find(([name]) => name === conn) ?? [];
  const peer = typeof text === 'object' ? text.peer : undefined;
  return peer === undefined ? undefined : toAddress(peer);
}

/** Now and then of no conn that is known. */
function refMark(policy: AnyPolicy, place: number): number {
  const refs = (inboundOf(policy) ?? []).flatMap(({ answer }) => answer?.ref ?? []);
  return place === 0 ? 0x12340000 : 0x80000000 + (refs[(place - 1) % (refs.length + 1)] ?? 0x1234) * 0x10000;
}

/** A packet but for how it arrives. */
type Header = Omit<Packet, 'nfmark' | 'ctmark' | 'inInterface'>;

interface Arrival {
  readonly about: Meaning['selector'];
  readonly mast: string;
  readonly one: PacketRecipe;
  readonly inboundMark: number | undefined;
  /** Of one that an entry asks for by the mast device. */
  readonly decapsulatedMark: number;
}

function arriving(header: Header, { about, mast, one, inboundMark, decapsulatedMark }: Arrival): Packet {
  const { dscp = about.dscp ?? 0 } = one;
  const packet = { ...header, nfmark: one.nfmark, ctmark: 0, ...(dscp > 0 && { dscp }) };
  if (header.hook === 'OUTPUT') return { ...packet, ...senderFor(about, one) };
  if (inboundMark !== undefined)
    return { ...packet, inInterface: mast, nfmark: inboundMark + (one.nfmark % 0x10000) };
  // mast gives what it decapsulates the inbound SAref, where the SA has one
  if (one.isDecapsulated) return { ...packet, inInterface: mast, nfmark: one.nfmark === 0 ? 0 : 0x80150000 };
  const device = about.inInterface === MADE_HERE ? undefined : about.inInterface;
  const inInterface = one.inInterface ?? device ?? 'eth1';
  return { ...packet, inInterface, ...(inInterface === mast && { nfmark: decapsulatedMark }) };
}

function senderFor({ uid, gid, cgroup }: Meaning['selector'], { sender }: PacketRecipe): Sender {
  if (sender === 'nobody') return {};
  if (sender === 'nobody any more') return { isStray: true };
  const place = sender === 'of the entry' ? 0 : sender;
  const chosen = (own: number | undefined): number | undefined =>
    sender === 'of the entry' && own !== undefined ? own : IDS[place % IDS.length];
  const path = sender === 'of the entry' && cgroup !== undefined ? cgroup : CGROUPS[place % CGROUPS.length];
  // some are in one below it
  return { uid: chosen(uid), gid: chosen(gid), cgroup: place % 3 === 0 ? `${path ?? ''}/below` : path };
}

/** The other side's answer: this host makes it where the packet was for this host. */
function answered({ src, dst, sport, dport, srcIsLocal, dstIsLocal, ...rest }: Header): Header {
  return {
    ...{ ...rest, src: dst, dst: src, srcIsLocal: dstIsLocal, dstIsLocal: srcIsLocal },
    ...(sport !== undefined && { dport: sport }),
    ...(dport !== undefined && { sport: dport }),
    hook: dstIsLocal ? 'OUTPUT' : 'PREROUTING',
  };
}

type Ends = Pick<Packet, 'hook' | 'src' | 'dst' | 'srcIsLocal' | 'dstIsLocal'>;

function endsFor({ src, dst, inInterface }: Meaning['selector'], recipe: FlowRecipe): Ends {
  // a packet that comes in by a device is not made here: seldom worth asking
  const isFree = inInterface === undefined || recipe.entry < 2;
  const isSent = inInterface === MADE_HERE && recipe.way === 'forwarded' && recipe.entry > 1;
  const isMadeHere = isSent || (recipe.way === 'from this host' && (isFree || inInterface === MADE_HERE));
  return {
    hook: isMadeHere ? 'OUTPUT' : 'PREROUTING',
    src: addressAt(src, recipe.src),
    dst: addressAt(dst, recipe.dst),
    srcIsLocal: recipe.srcIsLocal ?? isMadeHere,
    dstIsLocal: recipe.way === 'to this host',
  };
}

type Payload = Pick<Packet, 'protocol' | 'sport' | 'dport'>;

function payloadFor(about: Meaning['selector'], { mast }: AnyPolicy, recipe: FlowRecipe): Payload {
  const { ike, protocol = about.protocol ?? PROTOCOLS[recipe.entry % PROTOCOLS.length] ?? UDP } = recipe;
  if (ike !== undefined) {
    const ports = mast?.['ike-ports'] ?? [500, 4500];
    const port = wrapped((ports[ike.port % ports.length] ?? 500) + ike.beside, LAST_PORT);
    return { protocol: UDP, sport: 20_000, dport: 20_000, [ike.at]: port };
  }
  if (!hasPorts(protocol)) return { protocol };
  return { protocol, sport: portAt(about.sport, recipe.sport), dport: portAt(about.dport, recipe.dport) };
}

function portAt(ranges: readonly PortRange[] = [{ first: 20_000, last: 20_001 }], spot: Spot): number {
  const { first, last } = ranges[spot.item % ranges.length] ?? { first: 0, last: LAST_PORT };
  return numberAt({ first, last }, spot, LAST_PORT);
}

function addressAt(networks: readonly Cidr[] = [{ address: 0, prefix: 0 }], spot: Spot): number {
  const network = networks[spot.item % networks.length] ?? { address: 0, prefix: 0 };
  return numberAt({ first: network.address, last: lastAddressOf(network) }, spot, 0xffffffff);
}

function numberAt({ first, last }: PortRange, { edge }: Spot, highest: number): number {
  return wrapped({ first, last, below: first - 1, above: last + 1 }[edge], highest);
}

function wrapped(value: number, highest: number): number {
  return (value + highest + 1) % (highest + 1);
}
