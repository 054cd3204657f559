import type { ActiveEntry, Answered, MarkPlan } from './plan.ts';
import { activeEntriesOf, answeredConns } from './plan.ts';

/** Entries for what mast has just decapsulated, which send it on by another conn: from client to client. */
export function onwardEntriesOf(plan: MarkPlan): ActiveEntry[] {
  return activeEntriesOf(plan).filter((entry) => isOnward(plan, entry));
}

export function isOnward(plan: MarkPlan, { selector }: ActiveEntry): boolean {
  return selector.inInterface === plan.interface;
}

/** Conns that such packets are sent to, so that answers to clients come in by them. */
export function onwardConns(plan: MarkPlan): Answered[] {
  const names = new Set(onwardEntriesOf(plan).map(({ conn }) => conn));
  return answeredConns(plan).filter(({ conn }) => names.has(conn));
}
