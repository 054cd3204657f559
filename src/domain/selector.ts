import type { Cidr } from './cidr.ts';
import { containsAddress, lastAddressOf, overlaps } from './cidr.ts';

/** Which packets an entry speaks for; an absent side is every address. */
export interface Selector {
  readonly src?: Cidr | undefined;
  readonly dst?: Cidr | undefined;
}

/** The addresses of a packet, source and destination. */
export interface Ends {
  readonly src: number;
  readonly dst: number;
}

const EVERYWHERE: Cidr = { address: 0, prefix: 0 };

export function matchesSelector({ src, dst }: Selector, ends: Ends): boolean {
  return containsAddress(src ?? EVERYWHERE, ends.src) && containsAddress(dst ?? EVERYWHERE, ends.dst);
}

function intersects(one: Selector, other: Selector): boolean {
  return (
    overlaps(one.src ?? EVERYWHERE, other.src ?? EVERYWHERE) &&
    overlaps(one.dst ?? EVERYWHERE, other.dst ?? EVERYWHERE)
  );
}

/**
 * Ends, two different addresses, that `selector` matches and none of `taken` does; undefined when there
 * are none.
 *
 * Exact: what is left of a box when boxes are taken away has its lowest corner, on each side, at the
 * start of the box or just behind the end of one that was taken. Cost: cubic in the number of `taken`
 * that intersect the selector.
 */
export function witnessOf(selector: Selector, taken: readonly Selector[]): Ends | undefined {
  const near = taken.filter((other) => intersects(selector, other));
  const sources = cornersOf(
    selector.src ?? EVERYWHERE,
    near.map((other) => other.src ?? EVERYWHERE),
  );
  const destinations = cornersOf(
    selector.dst ?? EVERYWHERE,
    near.map((other) => other.dst ?? EVERYWHERE),
  );
  for (const dst of destinations) {
    for (const src of sources) {
      const ends = { src, dst };
      if (src !== dst && !near.some((other) => matchesSelector(other, ends))) return ends;
    }
  }
  return undefined;
}

/** Corners, each behind its next address: x.x.x.1 reads better in a report than x.x.x.0. */
function cornersOf(side: Cidr, taken: readonly Cidr[]): number[] {
  const starts = [side.address, ...taken.map((other) => lastAddressOf(other) + 1)];
  const candidates = starts.flatMap((start) => [start + 1, start]);
  return [...new Set(candidates)].filter(
    (address) => address <= lastAddressOf(side) && containsAddress(side, address),
  );
}
