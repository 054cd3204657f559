import type { Goal } from '../delta/change.ts';
import type { Step } from '../delta/step.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { HostState } from '../host/state.ts';
import type { FlowTools } from '../system/flow-tools.ts';
import type { HostTools } from '../system/host-tools.ts';
import type { CommandFailed } from '../system/classify.ts';
import type { Applied } from './apply.ts';
import { applyFrom } from './apply.ts';
import { forgiving, NO_LEDGER } from './ledger.ts';
import { readHost } from './read-host.ts';
import { runStep } from './run-step.ts';

type RunningFlows = Awaited<ReturnType<FlowTools['read']>>;

/** What a policy wants of a host whose flows are running. */
export interface Aim extends Goal {
  concerns(live: HostState): 'all' | 'decided' | 'none';
  at(live: HostState, running: RunningFlows | undefined): Wanted;
}

interface Wanted {
  readonly targetOn: (live: HostState) => HostState;
  readonly steps: readonly Step[];
  readonly translated: number;
  readonly deleted: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** How an apply ended, and what it was to running flows. */
export interface Followed {
  readonly applied: Applied;
  readonly flows: { readonly translated: number; readonly deleted: number };
  readonly diagnostics: readonly Diagnostic[];
}

/** The first writes, the second takes back what only running flows needed; traffic may ask for one more. */
const MOST_ROUNDS = 4;

/**
 * Applies until there is nothing to do, for flows too: those that are decided while the new rules are
 * being written are in the second listing, not in the first.
 *
 * @throws CommandFailed of system/ where a reading fails
 */
export async function applyFollowingFlows(tools: HostTools, aim: Aim, ledger = NO_LEDGER): Promise<Followed> {
  const steps: Step[] = [];
  let [first, failures]: [Wanted | undefined, Diagnostic[]] = [undefined, []];
  let live: HostState | undefined;
  const followed = (applied: Applied): Followed => ({
    applied,
    flows: { translated: first?.translated ?? 0, deleted: first?.deleted ?? 0 },
    diagnostics: [...(first?.diagnostics ?? []), ...failures],
  });
  for (let round = 1; round <= MOST_ROUNDS && failures.length === 0; round += 1) {
    // between two rounds nothing was written but by conntrack: the last reading holds
    const { state, diagnostics } =
      live === undefined ? await readHost(tools, aim.ours) : { state: live, diagnostics: [] };
    if (state === undefined) return followed({ kind: 'refused', diagnostics });
    const wanted = await wantedNow(tools, aim, state);
    first ??= wanted;
    const { targetOn } = wanted;
    // the rules stand: what the disk says is no reason to keep those that only running flows needed
    const ports = { tools, ledger: round === 1 ? ledger : forgiving(ledger) };
    const { applied, live: seen } = await applyFrom(ports, { ours: aim.ours, targetOn }, state);
    live = seen;
    if (applied.kind === 'applied') steps.push(...applied.steps);
    else if (applied.kind !== 'unchanged' && (round === 1 || applied.kind === 'not undone'))
      return followed(applied);
    else if (applied.kind !== 'unchanged') failures = [LEFT_OVER];
    if (applied.kind !== 'applied' && wanted.steps.length === 0) break;
    failures = await runSteps(tools, wanted.steps);
    steps.push(...(failures.length === 0 ? wanted.steps : []));
  }
  return followed(steps.length === 0 ? { kind: 'unchanged' } : { kind: 'applied', steps });
}

const LEFT_OVER: Diagnostic = {
  code: 'SM3101',
  labels: [],
  detail: 'The new rules stand, and so do the rules in SAREF-REKEY that only running flows needed.',
  help: 'apply the policy again',
};

async function wantedNow(tools: HostTools, aim: Aim, state: HostState): Promise<Wanted> {
  const which = aim.concerns(state);
  return aim.at(state, which === 'none' ? undefined : await tools.flows.read(which));
}

/** What flows remember is no reason to take the new rules back: as long as it is wrong, they decide anew. */
async function runSteps(tools: HostTools, steps: readonly Step[]): Promise<Diagnostic[]> {
  try {
    for (const step of steps) await runStep(tools, step);
    return [];
  } catch (cause) {
    const { outcome } = cause as Partial<CommandFailed>;
    if (outcome === undefined) throw cause;
    const detail = `The new rules stand, but conntrack could not take away the entries of running flows:\n${outcome.stderr}`;
    return [{ code: 'SM3101', labels: [], detail, help: 'apply the policy again' }];
  }
}
