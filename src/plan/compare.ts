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
      const inFront = [...before.slice(0, otherPlace), ...after.slice(0, place)];
      const example = witnessOf(
        [packets],
        inFront.map(({ selector }) => selector),
      );
      return example === undefined ? [] : [{ packets, example, before: other.entry, after: clause.entry }];
    }),
  );
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
