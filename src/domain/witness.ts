import type { Box, Range } from './box.ts';
import { intersectionOf, productOf, remainderOf, sizeOf } from './box.ts';
import type { Cidr } from './cidr.ts';
import { lastAddressOf } from './cidr.ts';
import { hasPorts, ICMP, TCP, UDP } from './protocol.ts';
import { LAST_DSCP } from './dscp.ts';
import type { Selector } from './selector.ts';
import { MADE_HERE } from './selector.ts';
import type { Sender } from './sender.ts';
import { isBySender, isInCgroup } from './sender.ts';

/** An example of a packet. An `inInterface` of MADE_HERE is a packet that this host makes. */
export interface Witness extends Sender {
  readonly src: number;
  readonly dst: number;
  readonly protocol: number;
  /** Both or none, as the protocol has them. */
  readonly sport?: number;
  readonly dport?: number;
  readonly inInterface: string;
  /** Absent: 0. */
  readonly dscp?: number;
}

/**
 * A packet, from one address to another, that all of `within` match and none of `without`; undefined
 * where there is none. Exact, but that it passes over packets from an address to itself.
 */
export function witnessOf(within: readonly Selector[], without: readonly Selector[]): Witness | undefined {
  const space = spaceOf([...within, ...without]);
  const common = within.map((selector) => toBoxes(selector, space)).reduce(commonBoxes, toBoxes({}, space));
  const taken = largestFirst(without.flatMap((selector) => toBoxes(selector, space)));
  const found: Candidate[] = [];
  for (const box of common) {
    for (const piece of remainderOf(box, taken)) {
      const witness = witnessIn(piece, space);
      if (witness.src !== witness.dst) found.push({ witness, size: sizeOf(piece) });
      if (found.length === ENOUGH) return bestOf(found);
    }
  }
  return bestOf(found);
}

interface Candidate {
  readonly witness: Witness;
  /** Of the piece that it was found in. */
  readonly size: number;
}

const ENOUGH = 16;

/** Of a protocol that people know, and from a large piece: a sliver has odd corners. */
function bestOf(found: readonly Candidate[]): Witness | undefined {
  const isFamiliar = ({ witness }: Candidate): number => (FAMILIAR.includes(witness.protocol) ? 1 : 0);
  const [best] = found.toSorted((one, other) => isFamiliar(other) - isFamiliar(one) || other.size - one.size);
  return best?.witness;
}

const FAMILIAR = [UDP, TCP, ICMP];

/** Whether each packet that the selector matches is matched by one of the others. Exact. */
export function isCovered(selector: Selector, others: readonly Selector[]): boolean {
  if (others.length === 0) return false;
  const space = spaceOf([selector, ...others]);
  const taken = largestFirst(others.flatMap((other) => toBoxes(other, space)));
  return toBoxes(selector, space).every((box) => remainderOf(box, taken).next().done === true);
}

function commonBoxes(boxes: readonly Box[], others: readonly Box[]): Box[] {
  return boxes.flatMap((box) =>
    others.map((other) => intersectionOf(box, other)).filter((common) => common !== undefined),
  );
}

function largestFirst(boxes: readonly Box[]): Box[] {
  return [...boxes].sort((one, other) => sizeOf(other) - sizeOf(one));
}

/** All that the selectors tell apart. */
interface Space {
  readonly interfaces: readonly string[];
  /** NO_CGROUP, and those that they name, each in front of those below it. */
  readonly cgroups: readonly string[];
  /** Whether any of them asks. The fewer dimensions, the faster. */
  readonly asksDscp: boolean;
  readonly asksSender: boolean;
}

/** For packets without one, and for those in another one than are named. */
const NO_CGROUP = '';

function spaceOf(selectors: readonly Selector[]): Space {
  const cgroups = new Set(selectors.flatMap(({ cgroup }) => cgroup ?? []));
  const key = (path: string): string => path.replaceAll('/', '\0');
  return {
    interfaces: interfacesOf(selectors),
    cgroups: [NO_CGROUP, ...[...cgroups].sort((one, other) => (key(one) < key(other) ? -1 : 1))],
    asksDscp: selectors.some(({ dscp }) => dscp !== undefined),
    asksSender: selectors.some(isBySender),
  };
}

/** None, each one that the selectors name, and one that none of them names. */
function interfacesOf(selectors: readonly Selector[]): string[] {
  const named = selectors.flatMap(({ inInterface }) => inInterface ?? []);
  let other = 'eth0';
  while (named.includes(other)) other = `x${other}`;
  return [...new Set([MADE_HERE, ...named, other])];
}

const EVERY_ADDRESS: Range = { first: 0, last: 0xffffffff };
const EVERY_PROTOCOL: Range = { first: 0, last: 255 };
const EVERY_PORT: Range = { first: 0, last: 65_535 };
const EVERY_DSCP: Range = { first: 0, last: LAST_DSCP };

/** The id of packets that nobody sent; in the place of a user, strays have one of their own. */
const NOBODY = -1;
const STRAY = -2;
const EVERY_ID: Range = { first: NOBODY, last: 0xffffffff };
const EVERY_USER: Range = { first: STRAY, last: 0xffffffff };

/**
 * Interface by its place in the list, protocol, source, destination, both ports, and what is asked
 * beside: what cuts a corner off then leaves the rest of the interfaces and protocols in one piece.
 * Protocols without ports fill the dimensions of ports: only boxes of a protocol that has ports are ever
 * narrower there.
 */
function toBoxes(selector: Selector, space: Space): Box[] {
  const { src, dst, protocol, sport, dport, inInterface, dscp } = selector;
  const { interfaces } = space;
  const everyInterface: Range = { first: 0, last: interfaces.length - 1 };
  return productOf([
    [inInterface === undefined ? everyInterface : only(interfaces.indexOf(inInterface))],
    [protocol === undefined ? EVERY_PROTOCOL : only(protocol)],
    src?.map(rangeOf) ?? [EVERY_ADDRESS],
    dst?.map(rangeOf) ?? [EVERY_ADDRESS],
    sport ?? [EVERY_PORT],
    dport ?? [EVERY_PORT],
    ...(space.asksDscp ? [[dscp === undefined ? EVERY_DSCP : only(dscp)]] : []),
    ...(space.asksSender ? senderRanges(selector, space) : []),
  ]);
}

function senderRanges(sender: Sender, { cgroups }: Space): Range[][] {
  const { isStray, uid = isStray && STRAY, gid, cgroup } = sender;
  const everybody = isBySender(sender) ? EVERY_ID : EVERY_USER;
  const ids = [[uid === undefined ? everybody : only(uid)], [gid === undefined ? EVERY_ID : only(gid)]];
  const inside = (path: string): boolean => cgroup === undefined || isInCgroup(path, cgroup);
  return [...ids, [{ first: cgroups.findIndex(inside), last: cgroups.findLastIndex(inside) }]];
}

function rangeOf(network: Cidr): Range {
  return { first: network.address, last: lastAddressOf(network) };
}

function only(value: number): Range {
  return { first: value, last: value };
}

/** Where there is a choice, one that reads well in a report: udp, x.x.x.1, from a port that clients use. */
function witnessIn(box: Box, space: Space): Witness {
  const [arrivals, protocols, sources, destinations, sports, dports, ...rest] = box as SixRanges;
  const protocol = oneOf(protocols, FAMILIAR);
  const ports = { sport: oneOf(sports, [40_000]), dport: oneOf(dports, [53]) };
  const dscp = space.asksDscp ? oneOf(rest[0] as Range, [0]) : 0;
  return {
    ...endsIn(sources, destinations),
    protocol,
    ...(hasPorts(protocol) && ports),
    inInterface: space.interfaces[arrivals.last] as string,
    ...(dscp > 0 && { dscp }),
    ...(space.asksSender && senderIn(rest.slice(-3), space)),
  };
}

type SixRanges = readonly [Range, Range, Range, Range, Range, Range, ...Range[]];

/** Somebody, for who may not be just anybody. */
const SOME_ID = 1000;

/** As far as it makes a difference. */
function senderIn(ranges: readonly Range[], { cgroups }: Space): Sender {
  const [uids, gids, paths] = ranges as [Range, Range, Range];
  const idIn = (ids: Range): number => oneOf(ids, [NOBODY, SOME_ID]);
  const [uid, gid] = [idIn(uids), idIn(gids)];
  if (uid === STRAY) return { isStray: true };
  return {
    ...(uid !== NOBODY && { uid }),
    ...(gid !== NOBODY && { gid }),
    ...(paths.first > 0 && { cgroup: cgroups[paths.first] }),
  };
}

/** 10.0.0.1 and 192.0.2.1, for who may be anywhere. */
const [SOME_CLIENT, SOME_HOST] = [0x0a000001, 0xc0000201];

/** Two different addresses, unless there is one alone. */
function endsIn(sources: Range, destinations: Range): Pick<Witness, 'src' | 'dst'> {
  const dst = oneOf(destinations, [...(destinations.first === 0 ? [SOME_HOST] : []), destinations.first + 1]);
  const wishes = [...(sources.first === 0 ? [SOME_CLIENT] : []), sources.first + 1, sources.first];
  const src = oneOf(
    sources,
    wishes.filter((address) => address !== dst),
  );
  return { src, dst: src === dst ? destinations.first : dst };
}

/** The first of the wishes that the range has, or else its first number. */
function oneOf({ first, last }: Range, wishes: readonly number[]): number {
  return wishes.find((wish) => first <= wish && wish <= last) ?? first;
}
