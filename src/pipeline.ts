/**
 * READ ME FIRST. The stages that a policy passes on its way to the kernel, in order:
 *
 *   text -> Policy -> checks -> MarkPlan -> HostState that should be -> Steps from the HostState that is
 *
 * What runs the steps is in apply/, what watches packets in verify/ and rehearse/, and the only code
 * that touches the machine in system/.
 */
import type { Step } from './delta/step.ts';
import type { Goal } from './delta/change.ts';
import { stepsTo } from './delta/delta.ts';
import type { Diagnostic } from './diagnostics/diagnostic.ts';
import { isError, sortDiagnostics } from './diagnostics/diagnostic.ts';
import type { Source } from './diagnostics/source.ts';
import { oncePer } from './domain/once.ts';
import type { HostState } from './host/state.ts';
import type { LayoutChoice, LayoutWish } from './lower/choose-layout.ts';
import type { Mast } from './lower/lower.ts';
import { lowerOn, lowerOurs, lowerPlan } from './lower/lower.ts';
import { checkSarefTable } from './plan/check.ts';
import { keepRuns } from './lower/runs.ts';
import { withoutOurs } from './lower/without-ours.ts';
import type { MarkPlan } from './plan/plan.ts';
import { resolvePlan } from './plan/resolve.ts';
import type { SarefTable } from './plan/saref-table.ts';
import { checkPolicy } from './policy/check.ts';
import type { Accounts } from './policy/accounts.ts';
import type { PolicyReading } from './policy/parse.ts';
import { parseParts, parsePolicy } from './policy/parse.ts';
import type { PolicyPart } from './policy/parts.ts';

/** What a policy comes to: what it means, and what a host should hold for it. */
export interface Compiled {
  readonly plan: MarkPlan;
  readonly host: HostState;
  /** What is ours to change on a host: that, and what the other tracking would put in its place. */
  readonly ours: HostState;
  readonly layout: LayoutChoice;
}

export interface Compilation {
  /** Absent when a diagnostic is an error. */
  readonly compiled: Compiled | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** All that can be said about a policy without knowing which SAs there are. */
export function readPolicy(source: Source, accounts?: Accounts): PolicyReading {
  return checked(parsePolicy(source, accounts));
}

/** The same for a policy of several files. */
export function readParts(parts: readonly PolicyPart[], accounts?: Accounts): PolicyReading {
  return checked(parseParts(parts, accounts));
}

function checked({ policy, diagnostics }: PolicyReading): PolicyReading {
  return { policy, diagnostics: [...diagnostics, ...(policy === undefined ? [] : checkPolicy(policy))] };
}

/**
 * @param given instead of the policy's own map; nothing is compiled where there is neither
 * @param wish of a layout, over the policy's own
 */
export function compilePolicy(
  { policy, diagnostics: known }: PolicyReading,
  given?: SarefTable,
  wish: Partial<LayoutWish> = {},
): Compilation {
  const table = given ?? ownTable(policy);
  const isReady = policy !== undefined && table !== undefined;
  const diagnostics = sortDiagnostics([...known, ...(isReady ? checkSarefTable(policy, table) : [])]);
  if (!isReady || diagnostics.some(isError)) return { compiled: undefined, diagnostics };
  const plan = resolvePlan(policy, table);
  const { host, choice } = lowerPlan(plan, { layout: policy.layout, hasSets: false, ...wish });
  return { compiled: { plan, host, ours: lowerOurs(plan, host.sets.size > 0), layout: choice }, diagnostics };
}

function ownTable(policy: PolicyReading['policy']): SarefTable | undefined {
  return policy === undefined || policy.sarefs === 'pluto'
    ? undefined
    : { kind: 'map', lines: policy.sarefs };
}

/**
 * What `apply` brings a host to.
 *
 * @param isAlive whether anybody is in a cgroup: programs of `exec` are left alone as long as they run
 */
export function goalOf(
  compiled: Omit<Compiled, 'layout'>,
  isAlive: (path: string) => boolean = () => true,
): Goal {
  return {
    ours: compiled.ours,
    // each reading of the host is asked about more than once
    targetOn: oncePer((live: HostState) =>
      keepRuns(lowerOn(compiled, live), live, { plan: compiled.plan, isAlive }),
    ),
  };
}

/** What `remove` brings it to. */
export function goalWithoutOurs(mast: Mast): Goal {
  const ours = lowerOurs(mast, true);
  return { ours, targetOn: (live) => withoutOurs(live, ours) };
}

/** What `apply` would run on a host in this state; empty when there is nothing to do. */
export function diffPolicy(compiled: Compiled, live: HostState): Step[] {
  return stepsTo(goalOf(compiled), live);
}
