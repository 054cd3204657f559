import type { HostState } from '../host/state.ts';
import type { Change, Goal } from './change.ts';
import { ipRuleSteps } from './ip-rules.ts';
import { linkSteps, routeSteps, sysctlSteps } from './routing.ts';
import { setSteps } from './sets.ts';
import type { Step } from './step.ts';
import { tableSteps } from './tables.ts';

/**
 * Routes before marks, and the reverse when giving back: a marked packet without its route leaves in
 * clear, a route without marks harms nobody. Sets before the rules that ask them, and after them. Empty when nothing is to be done.
 */
export function diffHosts(change: Change): Step[] {
  const stages = [linkSteps, sysctlSteps, routeSteps, ipRuleSteps, setSteps, tableSteps];
  const phases = stages.map((stepsOf) => stepsOf(change));
  return [...phases.flatMap(({ before }) => before), ...phases.toReversed().flatMap(({ after }) => after)];
}

/** What is still to be done; nothing where the host is there. */
export function stepsTo({ targetOn, ...goal }: Goal, live: HostState): Step[] {
  return diffHosts({ ...goal, live, target: targetOn(live) });
}
