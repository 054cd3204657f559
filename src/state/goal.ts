import type { Goal } from '../delta/change.ts';
import type { HostState } from '../host/state.ts';
import { carryRuns } from '../lower/runs.ts';

/**
 * Back to a state of ours. Programs of `exec` run on meanwhile.
 *
 * @param isAlive whether anybody is in a cgroup
 */
export function goalBackTo(
  state: HostState,
  ours: HostState,
  isAlive: (path: string) => boolean = () => true,
): Goal {
  return { ours, targetOn: (live) => carryRuns(state, live, isAlive) };
}
