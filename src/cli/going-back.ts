import type { Applied } from '../apply/apply.ts';
import type { Followed } from '../apply/follow-flows.ts';
import { applyFollowingFlows } from '../apply/follow-flows.ts';
import type { Ledger } from '../apply/ledger.ts';
import { aimBackTo } from '../flow-change.ts';
import type { HostState } from '../host/state.ts';
import { goalBackTo } from '../state/goal.ts';
import type { Baseline } from '../state/confirmation.ts';
import { loadHost } from '../state/saved-host.ts';
import type { Recovered } from '../state/recover.ts';
import { recoverHost } from '../state/recover.ts';
import type { HostTools } from '../system/host-tools.ts';
import type { StateFolder } from '../system/state-folder.ts';
import { livingRuns } from './live-tools.ts';
import { sweeping } from './sweeping.ts';

/** A state of ours that the host had, and what is ours to touch. */
export interface Past {
  readonly state: HostState;
  readonly ours: HostState;
}

/** Brings the host back, and its running flows with it. */
export async function goBackTo({ state, ours }: Past, tools: HostTools, ledger: Ledger): Promise<Followed> {
  const runs = await livingRuns();
  const goal = goalBackTo(state, ours, runs.isAlive);
  return sweeping(runs, () => applyFollowingFlows(tools, aimBackTo(goal, state), ledger));
}

/** Ends what was interrupted before anything else is begun. */
export function recoverIn(folder: StateFolder, tools: HostTools): Promise<Recovered> {
  const goBack = async (state: HostState, ours: HostState, ledger: Ledger): Promise<Applied> =>
    (await goBackTo({ state, ours }, tools, ledger)).applied;
  return recoverHost(folder, { tools, goBack });
}

/** @throws where a file was damaged */
export function pastOf(baseline: Baseline): Past {
  const [state, ours] = [baseline.state, baseline.ours].map(loadHost);
  if (state === undefined || ours === undefined) throw new Error('what was kept of the host cannot be read');
  return { state, ours };
}
