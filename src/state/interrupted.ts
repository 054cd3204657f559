import { stepsTo } from '../delta/delta.ts';
import type { HostState } from '../host/state.ts';
import type { Change } from './change.ts';
import { fingerprintOf } from './fingerprint.ts';
import { goalBackTo } from './goal.ts';
import { loadHost } from './saved-host.ts';

/**
 * How far a change came that was not ended. old, new: as before and as wanted. between: to be undone.
 * other: in none of the states on its way, so somebody else has written since, and it says nothing any more.
 */
export type Progress = 'old' | 'new' | 'between' | 'other';

export function progressOf(change: Change, live: HostState): Progress {
  const [ours, before, after] = [change.ours, change.before, change.after].map(loadHost);
  if (ours === undefined || before === undefined || after === undefined) return 'other';
  const isAt = (state: HostState): boolean => stepsTo(goalBackTo(state, ours), live).length === 0;
  if (isAt(before)) return 'old';
  if (isAt(after)) return 'new';
  return change.stages.includes(fingerprintOf(live, ours)) ? 'between' : 'other';
}
