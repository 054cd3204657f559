import type { HostState } from '../host/state.ts';
import { ipRuleSteps } from './ip-rules.ts';
import { linkSteps, routeSteps, sysctlSteps } from './routing.ts';
import type { Step } from './step.ts';
import { tableSteps } from './tables.ts';

/** From what a host holds to what it should hold, among the things that are ours. */
export interface Change {
  readonly live: HostState;
  readonly target: HostState;
  /** What is ours to touch outside of our own chains. Applying: the target. Undoing: what was to be applied. */
  readonly ours: HostState;
}

/** What is done before the marks are set, and what after they are gone. */
export interface Phases {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
}

/**
 * Routes before marks, and the reverse when giving back: a marked packet without its route leaves in
 * clear, a route without marks harms nobody. Empty when nothing is to be done.
 */
export function diffHosts(change: Change): Step[] {
  const phases = [linkSteps, sysctlSteps, routeSteps, ipRuleSteps].map((stepsOf) => stepsOf(change));
  return [
    ...phases.flatMap(({ before }) => before),
    ...tableSteps(change),
    ...phases.toReversed().flatMap(({ after }) => after),
  ];
}
