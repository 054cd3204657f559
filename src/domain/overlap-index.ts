import type { Cidr } from './cidr.ts';
import { lastAddressOf } from './cidr.ts';
import type { Selector } from './selector.ts';
import { commonOf } from './selector.ts';

/** Of a list of selectors, the places of those that some packet matches together with this one, in their order. */
export type OverlapQuery = (selector: Selector) => number[];

/**
 * Networks overlap only where one holds the other, so those that may are the holders, of which there
 * are 33 at most, and those whose first address lies within. Asked by the side that has fewer of them.
 */
export function overlapsIn(selectors: readonly Selector[]): OverlapQuery {
  const sides = [sideIndex(selectors, 'dst'), sideIndex(selectors, 'src')] as const;
  return (selector) => {
    const [byDst, bySrc] = sides.map((side) => side.near(selector)) as [Near, Near];
    const { places } = byDst.most <= bySrc.most ? byDst : bySrc;
    return places().filter((place) => commonOf(selectors[place] as Selector, selector) !== undefined);
  };
}

/** The places of those that overlap on one side. */
interface Near {
  /** How many at most. */
  readonly most: number;
  readonly places: () => number[];
}

interface SideIndex {
  readonly near: (selector: Selector) => Near;
}

interface Placed {
  readonly first: number;
  readonly place: number;
}

function sideIndex(selectors: readonly Selector[], side: 'src' | 'dst'): SideIndex {
  const holders = new Map<number, number[]>();
  const sorted: Placed[] = [];
  selectors.forEach((selector, place) => {
    for (const network of selector[side] ?? [EVERYTHING]) {
      const key = keyOf(network);
      const same = holders.get(key);
      if (same === undefined) holders.set(key, [place]);
      else same.push(place);
      sorted.push({ first: network.address, place });
    }
  });
  sorted.sort((one, other) => one.first - other.first);
  const nearTo = (network: Cidr): Near => {
    const above = prefixesOf(holders, network);
    const [from, to] = [firstFrom(sorted, network.address), firstFrom(sorted, lastAddressOf(network) + 1)];
    return {
      most: above.reduce((sum, places) => sum + places.length, to - from),
      places: () => [...above.flat(), ...sorted.slice(from, to).map(({ place }) => place)],
    };
  };
  return {
    near: (selector) => {
      const parts = (selector[side] ?? [EVERYTHING]).map(nearTo);
      return {
        most: parts.reduce((sum, { most }) => sum + most, 0),
        places: () => [...new Set(parts.flatMap(({ places }) => places()))].sort((one, other) => one - other),
      };
    },
  };
}

const EVERYTHING: Cidr = { address: 0, prefix: 0 };

/** One number for each network. */
function keyOf({ address, prefix }: Cidr): number {
  return address * 64 + prefix;
}

/** Of the networks that hold this one, and are larger, the places. */
function prefixesOf(
  holders: ReadonlyMap<number, readonly number[]>,
  { address, prefix: own }: Cidr,
): (readonly number[])[] {
  return Array.from({ length: own }, (_, prefix) => {
    const size = 2 ** (32 - prefix);
    return holders.get(keyOf({ address: Math.floor(address / size) * size, prefix })) ?? [];
  });
}

/** The first of them at an address or behind it. */
function firstFrom(sorted: readonly Placed[], address: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((sorted[middle] as Placed).first < address) low = middle + 1;
    else high = middle;
  }
  return low;
}
