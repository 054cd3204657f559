import { keyOf } from '../domain/selector.ts';
import type { Clause } from './clauses.ts';

/** Of two lists, the clauses that go and those that come. */
export interface Differing {
  readonly gone: readonly Clause[];
  readonly come: readonly Clause[];
}

/**
 * All other clauses are in both lists, and in the same order: a packet that none of these matches is decided
 * alike. As few as can be, so that two long lists with three changes are compared as three changes.
 */
export function differing(old: readonly Clause[], next: readonly Clause[]): Differing {
  const places = new Map<string, number[]>();
  old.toReversed().forEach((clause, fromEnd) => {
    const key = textOf(clause);
    const same = places.get(key) ?? [];
    same.push(old.length - 1 - fromEnd);
    places.set(key, same);
  });
  const pairs = next.flatMap((clause, at) => {
    const place = places.get(textOf(clause))?.pop();
    return place === undefined ? [] : [{ place, at }];
  });
  const kept = longestRise(pairs);
  const [keptOld, keptNext] = [new Set(kept.map(({ place }) => place)), new Set(kept.map(({ at }) => at))];
  return {
    gone: old.filter((_, place) => !keptOld.has(place)),
    come: next.filter((_, at) => !keptNext.has(at)),
  };
}

function textOf({ selector, outcome }: Clause): string {
  const { conn = '', nfmark = 0 } = outcome ?? {};
  return `${keyOf(selector)} ${String(nfmark)} ${conn}`;
}

/** A clause that is in both lists: its place in the old one and in the next. */
interface Pair {
  readonly place: number;
  readonly at: number;
}

interface Risen extends Pair {
  readonly before: Risen | undefined;
}

/** The most of them, in their order, of which each stands behind the one before it in the old list, too. */
function longestRise(pairs: readonly Pair[]): Pair[] {
  // of each length, the rise that ends furthest in front
  const ends: Risen[] = [];
  for (const pair of pairs) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((ends[middle] as Risen).place < pair.place) low = middle + 1;
      else high = middle;
    }
    ends[low] = { ...pair, before: ends[low - 1] };
  }
  const rise: Pair[] = [];
  for (let one = ends.at(-1); one !== undefined; one = one.before) rise.push(one);
  return rise;
}
