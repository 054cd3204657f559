import { ipsecSelectors } from '../domain/ipsec.ts';
import type { Selector } from '../domain/selector.ts';
import { commonOf, MADE_HERE } from '../domain/selector.ts';
import type { Witness } from '../domain/witness.ts';
import { witnessOf } from '../domain/witness.ts';
import type { ActiveEntry, MarkPlan } from './plan.ts';
import { activeEntriesOf } from './plan.ts';

/** Packets that two plans decide in two ways. */
export interface PlanChange {
  /** All of them lie in here; some that do may be decided by other entries. */
  readonly packets: Selector;
  readonly example: Witness;
  /** Who decides in the old plan and in the new one; undefined where nobody does: they go as they are. */
  readonly before: ActiveEntry | undefined;
  readonly after: ActiveEntry | undefined;
}

/** What a plan says, first match first, with nobody for the rest. */
interface Clause {
  readonly selector: Selector;
  readonly entry: ActiveEntry | undefined;
}

/**
 * Exact: no change means that `decide` gives the two plans one mark for every packet of a flow without
 * memory. In the order of the new plan.
 */
export function comparePlans(old: MarkPlan, next: MarkPlan): PlanChange[] {
  const [before, after] = [clausesOf(old), clausesOf(next)];
  return after.flatMap((clause, place) =>
    before.flatMap((other, otherPlace): PlanChange[] => {
      const packets = sameOutcome(other.entry, clause.entry)
        ? undefined
        : commonOf(other.selector, clause.selector);
      if (packets === undefined) return [];
      const inFront = [...before.slice(0, otherPlace), ...after.slice(0, place)].map(
        ({ selector }) => selector,
      );
      const example = witnessOf([packets], inFront);
      if (example === undefined) return [];
      return [{ packets: withoutTaken(packets, inFront), example, before: other.entry, after: clause.entry }];
    }),
  );
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

function clausesOf(plan: MarkPlan): Clause[] {
  return [
    ...ipsecSelectors(plan.ikePorts).map((selector) => ({
      selector: { ...selector, inInterface: MADE_HERE },
      entry: undefined,
    })),
    ...activeEntriesOf(plan).map((entry) => ({ selector: entry.selector, entry })),
    { selector: {}, entry: undefined },
  ];
}

function sameOutcome(one: ActiveEntry | undefined, other: ActiveEntry | undefined): boolean {
  return one?.conn === other?.conn && one?.decision.mark.value === other?.decision.mark.value;
}
