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
    const [byDst, bySrc] = sides.map((ask) => ask(selector)) as [number[], number[]];
    const candidates = byDst.length <= bySrc.length ? byDst : bySrc;
    return candidates.filter((place) => commonOf(selectors[place] as Selector, selector) !== undefined);
  };
}

interface Placed {
  readonly first: number;
  readonly place: number;
}

function sideIndex(selectors: readonly Selector[], side: 'src' | 'dst'): OverlapQuery {
  const holders = new Map<string, number[]>();
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
  return (selector) => {
    const places = new Set<number>();
    for (const network of selector[side] ?? [EVERYTHING]) {
      for (let prefix = 0; prefix < network.prefix; prefix += 1)
        for (const place of holders.get(keyOf(holderOf(network, prefix))) ?? []) places.add(place);
      const last = lastAddressOf(network);
      for (let at = firstFrom(sorted, network.address); at < sorted.length; at += 1) {
        const { first, place } = sorted[at] as Placed;
        if (first > last) break;
        places.add(place);
      }
    }
    return [...places].sort((one, other) => one - other);
  };
}

const EVERYTHING: Cidr = { address: 0, prefix: 0 };

function keyOf({ address, prefix }: Cidr): string {
  return `${String(address)}/${String(prefix)}`;
}

function holderOf({ address }: Cidr, prefix: number): Cidr {
  const size = 2 ** (32 - prefix);
  return { address: Math.floor(address / size) * size, prefix };
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
