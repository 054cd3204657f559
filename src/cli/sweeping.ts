import { isDone } from '../apply/apply.ts';
import type { Followed } from '../apply/follow-flows.ts';
import type { Runs } from './live-tools.ts';

/** Once no rule asks for them any more, the cgroups of programs that have ended go. */
export async function sweeping(runs: Runs, work: () => Promise<Followed>): Promise<Followed> {
  const followed = await work();
  if (isDone(followed.applied)) await runs.sweep();
  return followed;
}
