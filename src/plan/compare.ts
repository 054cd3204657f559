import type { OverlapQuery } from '../domain/overlap-index.ts';
import { inFrontOf, overlapsIn } from '../domain/overlap-index.ts';
import type { Selector } from '../domain/selector.ts';
import { commonOf, keyOf } from '../domain/selector.ts';
import type { Witness } from '../domain/witness.ts';
import { witnessOf } from '../domain/witness.ts';
import type { Clause, Decisions, Outcome } from './clauses.ts';
import { differing } from './differing.ts';

/** Packets to which something else happens than before. */
export interface DecisionChange {
  /** All of them lie in here; some that do may be decided by other clauses. */
  readonly packets: Selector;
  readonly example: Witness;
  /** Undefined where nothing happens to them. */
  readonly before: Outcome | undefined;
  readonly after: Outcome | undefined;
}

const THE_REST: Clause = { selector: {}, outcome: undefined };

/** Packets of one client to another are told first. */
export function compareDecisions(old: Decisions, next: Decisions): DecisionChange[] {
  return [...compareClauses(old.onward, next.onward), ...compareClauses(old.clauses, next.clauses)];
}

/**
 * Exact: no change means that each packet of a flow without memory gets the same mark from both. In the
 * order of the new clauses.
 */
export function compareClauses(old: readonly Clause[], next: readonly Clause[]): DecisionChange[] {
  const { gone, come } = differing(old, next);
  if (gone.length + come.length === 0) return [];
  const [before, after] = [
    [...old, THE_REST],
    [...next, THE_REST],
  ];
  const [inBefore, inAfter] = [before, after].map((clauses) =>
    overlapsIn(clauses.map(({ selector }) => selector)),
  ) as [OverlapQuery, OverlapQuery];
  const [takenBefore, takenAfter] = [firstPlaces(before), firstPlaces(after)];
  const [nearBefore, nearAfter] = [inBefore, inAfter].map(
    (query) => new Set([...gone, ...come].flatMap(({ selector }) => [...query(selector)])),
  ) as [Set<number>, Set<number>];
  return after.flatMap((clause, place) => {
    if (!nearAfter.has(place)) return [];
    return [...inBefore(clause.selector)].flatMap((otherPlace): DecisionChange[] => {
      if (!nearBefore.has(otherPlace)) return [];
      const other = before[otherPlace] as Clause;
      if (sameOutcome(other.outcome, clause.outcome)) return [];
      // most pairs of two long lists: what one of them says here, the other has said further in front
      if (takenAfter(other) < place || takenBefore(clause) < otherPlace) return [];
      const packets = commonOf(other.selector, clause.selector) as Selector;
      const inFront = [
        ...selectorsAt(before, inBefore(packets), otherPlace),
        ...selectorsAt(after, inAfter(packets), place),
      ];
      const example = witnessOf([packets], inFront);
      if (example === undefined) return [];
      const narrowed = withoutTaken(packets, inFront);
      return [{ packets: narrowed, example, before: other.outcome, after: clause.outcome }];
    });
  });
}

/** Where the first clause with the same selector stands; behind all others where there is none. */
function firstPlaces(clauses: readonly Clause[]): (clause: Clause) => number {
  const places = new Map<string, number>();
  clauses.forEach(({ selector }, place) => {
    const key = keyOf(selector);
    if (!places.has(key)) places.set(key, place);
  });
  return ({ selector }) => places.get(keyOf(selector)) ?? clauses.length;
}

/** Of those at these places, the ones in front of another. */
function selectorsAt(clauses: readonly Clause[], places: Iterable<number>, end: number): Selector[] {
  return inFrontOf(places, end).map((place) => (clauses[place] as Clause).selector);
}

/** Without the networks and ports of which others take all. */
function withoutTaken(packets: Selector, taken: readonly Selector[]): Selector {
  const leftOf = <Key extends 'src' | 'dst' | 'sport' | 'dport'>(key: Key): Selector[Key] =>
    packets[key]?.filter(
      (item) => witnessOf([{ ...packets, [key]: [item] }], taken) !== undefined,
    ) as Selector[Key];
  return {
    ...packets,
    src: leftOf('src'),
    dst: leftOf('dst'),
    sport: leftOf('sport'),
    dport: leftOf('dport'),
  };
}

function sameOutcome(one: Outcome | undefined, other: Outcome | undefined): boolean {
  return one?.conn === other?.conn && one?.nfmark === other?.nfmark;
}
