import type { Box, Range } from './box.ts';
import { intersects, productOf } from './box.ts';
import type { BoxTree } from './box-tree.ts';
import { boxTree, placesMeeting } from './box-tree.ts';
import { lastAddressOf } from './cidr.ts';
import type { Packet } from './packet.ts';
import type { Selector } from './selector.ts';
import { commonOf, MADE_HERE, matchesSelector } from './selector.ts';

/**
 * Of a list of selectors, the places of those that some packet matches together with this one, in their
 * order. Lazily: who wants the first few pays for no more.
 */
export type OverlapQuery = (selector: Selector) => Generator<number, void>;

export function overlapsIn(selectors: readonly Selector[]): OverlapQuery {
  const near = placesNear(selectors);
  return function* overlapping(selector) {
    for (const place of near(selector)) {
      const other = selectors[place] as Selector;
      if (other === selector || commonOf(other, selector) !== undefined) yield place;
    }
  };
}

/** Of a list of selectors, the places of those that match a packet, in their order and lazily. */
export type MatchQuery = (packet: Packet) => Generator<number, void>;

export function matchesIn(selectors: readonly Selector[]): MatchQuery {
  const near = placesNear(selectors);
  return function* matching(packet) {
    for (const place of near(selectorOf(packet)))
      if (matchesSelector(selectors[place] as Selector, packet)) yield place;
  };
}

/** What an index tells packets apart by. */
function selectorOf({ src, dst, sport, dport, protocol, uid, gid, ...packet }: Packet): Selector {
  const { inInterface = MADE_HERE, dscp = 0 } = packet;
  return {
    src: [{ address: src, prefix: 32 }],
    dst: [{ address: dst, prefix: 32 }],
    sport: only(sport),
    dport: only(dport),
    ...{ protocol, inInterface, dscp, uid, gid },
  };
}

/** The places of those that may have a packet in common with another, which their boxes do not rule out. */
function placesNear(selectors: readonly Selector[]): OverlapQuery {
  const axes = AXES.map((make) => make()).filter((axis) => selectors.some((one) => axis(one) !== undefined));
  const tree: BoxTree | undefined = boxTree(
    selectors.flatMap((selector, place) => boxesOf(selector, axes).map((box) => ({ box, place }))),
  );
  return (selector) => {
    const boxes = boxesOf(selector, axes);
    return placesMeeting(tree, (box) => boxes.some((one) => intersects(one, box)));
  };
}

/** The first of them in front of a place. */
export function inFrontOf(places: Iterable<number>, end: number, most = Infinity): number[] {
  const found: number[] = [];
  for (const place of places) {
    if (place >= end || found.push(place) === most) break;
  }
  return found;
}

/** What a selector asks of one part of a packet, as ranges of numbers; undefined where it takes all. */
type Axis = (selector: Selector) => readonly Range[] | undefined;

/** Of cgroups, which are a tree of their own, and few, nothing. */
const AXES: readonly (() => Axis)[] = [
  () => (selector) => selector.src?.map((network) => rangeFrom(network.address, lastAddressOf(network))),
  () => (selector) => selector.dst?.map((network) => rangeFrom(network.address, lastAddressOf(network))),
  () => (selector) => selector.sport,
  () => (selector) => selector.dport,
  () => (selector) => only(selector.protocol),
  () => (selector) => only(selector.dscp),
  () => (selector) => only(selector.uid),
  () => (selector) => only(selector.gid),
  interfaceAxis,
];

/** Names have numbers in the order in which they come. */
function interfaceAxis(): Axis {
  const numbers = new Map<string, number>();
  return ({ inInterface: name }) => {
    if (name === undefined) return undefined;
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return only(number);
  };
}

function rangeFrom(first: number, last: number): Range {
  return { first, last };
}

function only(value: number | undefined): readonly Range[] | undefined {
  return value === undefined ? undefined : [rangeFrom(value, value)];
}

const EVERYTHING: readonly Range[] = [{ first: 0, last: 0xffffffff }];

/** Long lists are not worth a box for each way to choose from them. */
const MOST_BOXES = 16;

/** Boxes that hold all packets of a selector, and maybe others. */
function boxesOf(selector: Selector, axes: readonly Axis[]): Box[] {
  const lists = axes.map((axis) => axis(selector) ?? EVERYTHING);
  const count = lists.reduce((product, { length }) => product * length, 1);
  return productOf(count > MOST_BOXES ? lists.map(hullOf) : lists);
}

function hullOf(ranges: readonly Range[]): readonly Range[] {
  const firsts = ranges.map(({ first }) => first);
  const lasts = ranges.map(({ last }) => last);
  return [rangeFrom(Math.min(...firsts), Math.max(...lasts))];
}
