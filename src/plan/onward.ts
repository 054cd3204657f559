import { oncePer } from '../domain/once.ts';
import type { ActiveEntry, Answered, MarkPlan } from './plan.ts';
import { activeEntriesOf, answeredConns } from './plan.ts';
import { withStrays } from './strays.ts';

/** Entries for what mast has just decapsulated, which send it on by another conn: from client to client. */
export const onwardEntriesOf = oncePer((plan: MarkPlan): readonly ActiveEntry[] =>
  activeEntriesOf(plan).filter((entry) => isOnward(plan, entry)),
);

/** Entries for all else, which this host makes or forwards. */
export const outwardEntriesOf = oncePer((plan: MarkPlan): readonly ActiveEntry[] =>
  withStrays(activeEntriesOf(plan)).filter((entry) => !isOnward(plan, entry)),
);

export function isOnward(plan: MarkPlan, { selector }: ActiveEntry): boolean {
  return selector.inInterface === plan.interface;
}

/** Conns that such packets are sent to, so that answers to clients come in by them. */
export const onwardConns = oncePer((plan: MarkPlan): readonly Answered[] => {
  const names = new Set(onwardEntriesOf(plan).map(({ conn }) => conn));
  return answeredConns(plan).filter(({ conn }) => names.has(conn));
});
