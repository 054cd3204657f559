import type { Applied } from '../apply/apply.ts';
import { applyHost, isDone } from '../apply/apply.ts';
import { readHost } from '../apply/read-host.ts';
import type { Goal } from '../delta/change.ts';
import { diffHosts } from '../delta/delta.ts';
import type { Mark } from '../domain/mark.ts';
import type { IpRule } from '../host/ip-rule.ts';
import { sameIpRule } from '../host/ip-rule.ts';
import type { HostState } from '../host/state.ts';
import type { MarkedRun } from '../lower/runs.ts';
import { onwardRules } from '../lower/routing.ts';
import { runsIn, withoutRuns, withRun } from '../lower/runs.ts';
import type { Cgroups } from '../system/cgroups.ts';
import type { HostTools } from '../system/host-tools.ts';
import type { Ended } from '../system/program.ts';

export interface ExecPorts {
  readonly tools: HostTools;
  readonly cgroups: Cgroups;
  /** A name that no other run has. */
  readonly name: string;
  readonly start: () => Promise<Ended>;
  /** Keeps other writers of ours out meanwhile. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

interface Order {
  readonly conn: string;
  readonly mark: Mark;
  /** What a policy for this device would have on the host. */
  readonly ours: HostState;
  readonly ikePorts: readonly number[];
}

export type Executed =
  | { readonly kind: 'ended'; readonly exitCode: number }
  /** The program was not started. unrouted: marked packets would not go to the mast device. */
  | { readonly kind: 'unrouted' }
  | { readonly kind: 'not marked'; readonly applied: NotMarked };

type NotMarked = Exclude<Applied, { kind: 'applied' | 'unchanged' }>;

/** Of the cgroups of all runs. */
export const FOLDER = 'saref-mark';

/**
 * Runs a program all of whose packets, and whose children's, take a conn. The rule is there, and was
 * read back, before the program is born into the cgroup that it asks for: a socket keeps the cgroup in
 * which it was made. Its rule may be gone before it ends: `remove` does not wait for programs.
 */
export async function execMarked(order: Order, ports: ExecPorts): Promise<Executed> {
  const { exclusively } = ports;
  const begun = await exclusively(() => begin(order, ports));
  if (begun.kind !== 'running') return begun;
  const ended = await begun.ended;
  // what cannot be cleared now is cleared by who comes next: the program's own exit status is to be told
  await exclusively(() => clearEndedRuns(ports, order.ours, [pathOf(ports)])).catch(() => undefined);
  return { kind: 'ended', exitCode: ended.exitCode };
}

type Begun =
  | { readonly kind: 'running'; readonly ended: Promise<Ended> }
  | Exclude<Executed, { readonly kind: 'ended' }>;

async function begin({ conn, mark, ours, ikePorts }: Order, ports: ExecPorts): Promise<Begun> {
  const { tools, cgroups, start } = ports;
  if (!(await isRouted(tools, ours))) return { kind: 'unrouted' };
  const run: MarkedRun = { conn, mark, path: pathOf(ports) };
  await clearEndedRuns(ports, ours);
  // a cgroup that is empty is one whose run has ended: from here on it is not
  await cgroups.create(run.path);
  await cgroups.enter(run.path);
  const applied = await applyHost(tools, { ours, targetOn: (live) => withRun(live, ikePorts, run) });
  const running = isDone(applied) ? start() : undefined;
  await cgroups.leave();
  // not awaited: it runs on when the lock is given back
  if (running !== undefined) return { kind: 'running', ended: running };
  await clearEndedRuns(ports, ours, [run.path]);
  await cgroups.remove(run.path);
  return { kind: 'not marked', applied: applied as NotMarked };
}

function pathOf({ name }: Pick<ExecPorts, 'name'>): string {
  return `${FOLDER}/${name}`;
}

/** Marked packets go to the mast device or nowhere. From client to client is not for every policy. */
async function isRouted(tools: HostTools, ours: HostState): Promise<boolean> {
  const { state: live } = await readHost(tools, ours);
  if (live === undefined) return false;
  const { tables, sysctls, sets } = live;
  const optional = onwardRules({ interface: ours.link.name, table: ours.routes.table });
  const has = (rules: readonly IpRule[], rule: IpRule): boolean =>
    rules.some((other) => sameIpRule(other, rule));
  const ipRules = ours.ipRules.filter((rule) => has(live.ipRules, rule) || !has(optional, rule));
  return diffHosts({ live, target: { ...ours, ipRules, tables, sysctls, sets }, ours }).length === 0;
}

/** Takes away the rules of those in whose cgroup nobody is any more, and then the cgroups. */
async function clearEndedRuns(
  { tools, cgroups }: Pick<ExecPorts, 'tools' | 'cgroups'>,
  ours: HostState,
  own: readonly string[] = [],
): Promise<void> {
  const { state } = await readHost(tools, ours);
  const paths = state === undefined ? [] : runsIn(state).map(({ path }) => path);
  const ended = [...new Set([...paths, ...own])].filter((path) => !cgroups.isPopulated(path));
  if (ended.length === 0) return;
  const goal: Goal = { ours, targetOn: (live) => withoutRuns(live, ended) };
  const applied = await applyHost(tools, goal);
  // a rule that asks for a cgroup that is gone keeps the legacy back end from any change
  if (isDone(applied)) for (const path of ended) await cgroups.remove(path);
}
