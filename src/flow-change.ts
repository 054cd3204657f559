import type { Aim } from './apply/follow-flows.ts';
import type { Goal } from './delta/change.ts';
import { BLOCKED } from './domain/saref.ts';
import { isBySender } from './domain/sender.ts';
import type { Mapping } from './domain/selector-text.ts';
import { diffHosts } from './delta/delta.ts';
import { simulate } from './delta/simulate.ts';
import type { Step } from './delta/step.ts';
import type { Diagnostic } from './diagnostics/diagnostic.ts';
import { aliasFilters, changedAliases, flowsTo } from './flows/aliased.ts';
import type { ChangedFlows } from './flows/changed.ts';
import { changedFlows } from './flows/changed.ts';
import { deletionsOf } from './flows/deletions.ts';
import type { Flow } from './flows/flow.ts';
import { parseFlows } from './flows/parse.ts';
import { parseLocal } from './host/local.ts';
import type { HostState } from './host/state.ts';
import { liftTable } from './lower/lift.ts';
import { liftAliases } from './lower/nat.ts';
import { hasMemory, liftRekey, withoutRekey, withRekey } from './lower/rekey.ts';
import { liftArrivals } from './lower/replies.ts';
import type { Compiled } from './pipeline.ts';
import { goalOf } from './pipeline.ts';
import type { Arrivals } from './plan/arrivals.ts';
import type { Clause } from './plan/clauses.ts';
import type { MarkPlan } from './plan/plan.ts';

/** What the tools printed about running flows. */
export interface RunningFlows {
  /** `conntrack -L -f ipv4`, of the flows with bit 31 at least; undefined where there is no conntrack. */
  readonly listing: string | undefined;
  /** `ip -4 route show table local`. */
  readonly local: string;
}

/** What a policy means for running flows. */
export interface FlowChange {
  /** What to write: the host of the policy, and rules for flows that the change of the entries concerns. */
  readonly target: HostState;
  /** The same where others have written since. */
  readonly targetOn: (live: HostState) => HostState;
  /** What of that is there when all is done. */
  readonly settled: HostState;
  /** To run when the target is written. */
  readonly steps: readonly Step[];
  /** How many follow their conn to another SAref, and how many are decided again. */
  readonly translated: number;
  readonly deleted: number;
  readonly diagnostics: readonly Diagnostic[];
}

interface Situation {
  /** Undefined where `concernsFlows` says none, and for a dump, which knows of no flows. */
  readonly running?: RunningFlows | undefined;
  readonly goal?: Goal;
}

/**
 * Which running flows are to be looked at, on this host and for this policy. A conn that gets a zone cuts
 * flows that came in by it, decided or not, and those to an alias that comes or goes stay where they were.
 */
export function concernsFlows(compiled: Compiled, live: HostState): 'all' | 'decided' | 'none' {
  return concerns({ goal: goalOf(compiled), isByFlow: remembers(compiled.plan) }, live);
}

/** What a host is to be brought to, and whether flows remember there what entries decided. */
interface Wish {
  readonly goal: Goal;
  readonly isByFlow: boolean;
}

function concerns({ goal, isByFlow }: Wish, live: HostState): 'all' | 'decided' | 'none' {
  const target = goal.targetOn(live);
  const [before, after] = [live, target].map(({ tables }) => liftArrivals(tables)) as [Arrivals, Arrivals];
  if ([...after.zones.keys()].some((conn) => !before.zones.has(conn))) return 'all';
  if (aliasesBetween(live, target).length > 0) return 'all';
  const isConcerned = isByFlow || hasMemory(live.tables.mangle);
  return isConcerned || before.isLearned || after.isLearned ? 'decided' : 'none';
}

export function flowChange(
  compiled: Compiled,
  live: HostState,
  { running, goal = goalOf(compiled) }: Situation = {},
): FlowChange {
  return changeTo({ goal, isByFlow: remembers(compiled.plan) }, live, running);
}

function changeTo({ goal, isByFlow }: Wish, live: HostState, running?: RunningFlows): FlowChange {
  const { targetOn, ours } = goal;
  const host = targetOn(live);
  if (running === undefined) return { ...NO_FLOWS, target: host, settled: host, targetOn };
  const { mangle } = live.tables;
  const reading = running.listing === undefined ? undefined : parseFlows(running.listing);
  const { tables: next, sets } = simulate(live, diffHosts({ live, target: host, ours }));
  const { clauses: after } = liftTable(next.mangle, sets);
  const arrivals = { before: liftArrivals(live.tables), after: liftArrivals(next) };
  const change = changedFlows({
    before: hasMemory(mangle) ? liftTable(mangle, live.sets).clauses : [],
    after,
    standing: liftRekey(mangle),
    flows: reading?.flows,
    own: parseLocal(running.local),
    arrivals,
    isByFlow,
  });
  const aliased = aliasSteps(aliasesBetween(live, host), reading?.flows, change.again);
  return {
    target: withRekey(host, change.translations),
    targetOn: (state) => withRekey(targetOn(state), change.translations),
    settled: withRekey(host, change.lasting),
    steps: [...deletionSteps(change, after, arrivals.after), ...aliased.steps],
    translated: change.followed.length,
    deleted: change.again.length + aliased.flows.length,
    diagnostics: reading === undefined ? [untoldFlows()] : unreadFlows(reading.unread),
  };
}

/** What `applyFollowingFlows` needs to know of a policy. */
export function aimOf(compiled: Compiled, goal = goalOf(compiled)): Aim {
  return {
    ...goal,
    concerns: (live) => concernsFlows(compiled, live),
    at: (live, running) => flowChange(compiled, live, { running, goal }),
  };
}

/** The same for going back to a state of ours, which need not be that of a policy. What flows need there is seen anew. */
export function aimBackTo({ ours, targetOn }: Goal, state: HostState): Aim {
  const goal = { ours, targetOn: (live: HostState) => withoutRekey(targetOn(live)) };
  const wish = { goal, isByFlow: hasMemory(state.tables.mangle) };
  return {
    ...goal,
    concerns: (live) => concerns(wish, live),
    at: (live, running) => changeTo(wish, live, running),
  };
}

/** Whether flows remember what entries decided. */
function remembers({ tracking, entries }: MarkPlan): boolean {
  return tracking === 'flow' || entries.some(({ selector }) => isBySender(selector));
}

const NO_FLOWS = { steps: [], translated: 0, deleted: 0, diagnostics: [] } as const;

function deletionSteps(
  { again, lasting }: ChangedFlows,
  after: readonly Clause[],
  { isLearned, marks }: Arrivals,
): Step[] {
  if (again.length === 0) return [];
  const taken = new Set([
    ...after.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome.nfmark])),
    ...lasting.map(({ from }) => from),
    ...(isLearned ? [...marks.values(), BLOCKED.value] : []),
  ]);
  return [
    { tool: 'conntrack', filters: deletionsOf(again, { taken, isExact: isLearned }), flows: again.length },
  ];
}

function aliasesBetween(live: HostState, target: HostState): Mapping[] {
  const [before, after] = [live, target].map(({ tables }) => liftAliases(tables.nat)) as [
    Mapping[],
    Mapping[],
  ];
  return changedAliases(before, after);
}

/** @param known flows that are taken away already */
function aliasSteps(
  changed: readonly Mapping[],
  flows: readonly Flow[] | undefined,
  known: readonly Flow[],
): { readonly steps: readonly Step[]; readonly flows: readonly Flow[] } {
  if (changed.length === 0 || flows === undefined) return { steps: [], flows: [] };
  const others = flows.filter((flow) => !known.includes(flow));
  const gone = changed.flatMap((one) => flowsTo(one, others));
  return {
    steps: [{ tool: 'conntrack', filters: aliasFilters(changed, flows), flows: gone.length }],
    flows: gone,
  };
}

function untoldFlows(): Diagnostic {
  return {
    code: 'SM3101',
    labels: [],
    detail:
      'There is no conntrack here to list running flows. Those of a conn whose SAref changes follow it; all others keep their decision until they end.',
    help: 'apt-get install conntrack',
  };
}

function unreadFlows(lines: readonly string[]): Diagnostic[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, 3).map((line) => `\n    ${line}`);
  return [
    {
      code: 'SM2201',
      labels: [],
      detail: `These flows keep their decision until they end, ${String(lines.length)} in all:${shown.join('')}`,
    },
  ];
}
