import { commentOf, connOf } from '../domain/conn-name.ts';
import type { Mark } from '../domain/mark.ts';
import { UNMARKED } from '../domain/mark.ts';
import { BLOCKED, markOf } from '../domain/saref.ts';
import type { HostState } from '../host/state.ts';
import { rulesIn, withMangle } from '../host/state.ts';
import { arg, commented, jumpTo, marked, rule } from '../iptables/build.ts';
import type { Match } from '../iptables/rule.ts';
import type { Chain, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { unclassified } from './entries.ts';
import { REMEMBERED, RESTORE, SAVE } from './memory.ts';

/** A program that `saref-mark exec` runs: all that is in its cgroup takes one conn. */
export interface MarkedRun {
  readonly conn: string;
  /** Of its cgroup, from the root of the hierarchy, without a slash in front. */
  readonly path: string;
  readonly mark: Mark;
}

const EXEC = 'SAREF-EXEC';
const RUNS = 'SAREF-EXEC-RUNS';

const TO_EXEC = tableRule(rule([], jumpTo(EXEC)));

/** A translation of what flows remember comes before anything restores it. */
const TO_REKEY_TEXT = tableRule(rule([REMEMBERED], jumpTo('SAREF-REKEY'))).text;

/**
 * The host with one more run. Its packets are decided before the entries have a say, and its flows
 * remember it in either tracking: what is left of a socket that its program has closed has no cgroup.
 */
export function withRun(live: HostState, ikePorts: readonly number[], run: MarkedRun): HostState {
  const others = rulesIn(live, RUNS).filter((one) => runIn(one)?.path !== run.path);
  return withRunRules(live, ikePorts, [...others, runRule(run)]);
}

/** The host without the runs of these cgroups, and without the chains when none is left. */
export function withoutRuns(live: HostState, paths: readonly string[]): HostState {
  const rules = rulesIn(live, RUNS).filter((one) => !paths.includes(runIn(one)?.path ?? ''));
  if (rules.length > 0) return withMangle(live, new Map([...live.tables.mangle.chains, [RUNS, made(rules)]]));
  const chains = [...live.tables.mangle.chains].filter(([name]) => name !== EXEC && name !== RUNS);
  const rest = withMangle(live, new Map(chains));
  return withOutput(rest, (output) => output.filter(({ text }) => text !== TO_EXEC.text));
}

interface Keeping {
  readonly plan: MarkPlan;
  /** Whether anybody is in the cgroup. */
  readonly isAlive: (path: string) => boolean;
}

/** The host with the runs of another one that still go on, each by the SAref that its conn has by now. */
export function keepRuns(host: HostState, live: HostState, { plan, isAlive }: Keeping): HostState {
  const rules = rulesIn(live, RUNS).flatMap((one) => {
    const run = runIn(one);
    if (run !== undefined && !isAlive(run.path)) return [];
    const mark = run && markNow(plan, run.conn);
    return run === undefined || mark === undefined ? one : runRule({ ...run, mark });
  });
  return rules.length === 0 ? host : withChains(host, rulesIn(live, EXEC), rules);
}

/** The host with the runs of another one that still go on, as they are. */
export function carryRuns(host: HostState, live: HostState, isAlive: (path: string) => boolean): HostState {
  const rules = rulesIn(live, RUNS).filter((one) => {
    const run = runIn(one);
    return run === undefined || isAlive(run.path);
  });
  return rules.length === 0 ? host : withChains(host, rulesIn(live, EXEC), rules);
}

/** Undefined for a conn that the policy does not know. */
function markNow({ entries }: MarkPlan, conn: string): Mark | undefined {
  const entry = entries.find((one) => one.conn === conn);
  if (entry === undefined) return undefined;
  return entry.sarefs === 'down' ? BLOCKED : markOf(entry.sarefs.refhim);
}

/** Of a host, those that are there. */
export function runsIn(host: HostState): MarkedRun[] {
  return rulesIn(host, RUNS).flatMap((one) => runIn(one) ?? []);
}

function withRunRules(host: HostState, ikePorts: readonly number[], rules: readonly TableRule[]): HostState {
  const frame = [RESTORE, ...unclassified({ ikePorts }), rule([], jumpTo(RUNS)), SAVE];
  return withChains(
    host,
    frame.map((one) => tableRule(one)),
    rules,
  );
}

function withChains(host: HostState, frame: readonly TableRule[], rules: readonly TableRule[]): HostState {
  const chains = new Map([...host.tables.mangle.chains, [EXEC, made(frame)], [RUNS, made(rules)]]);
  return withOutput(withMangle(host, chains), (output) => {
    const others = output.filter(({ text }) => text !== TO_EXEC.text);
    const at = others.findIndex(({ text }) => text === TO_REKEY_TEXT) + 1;
    return others.toSpliced(at, 0, TO_EXEC);
  });
}

function withOutput(host: HostState, change: (rules: readonly TableRule[]) => TableRule[]): HostState {
  const output: Chain = { policy: 'ACCEPT', rules: change(rulesIn(host, 'OUTPUT')) };
  return withMangle(host, new Map([...host.tables.mangle.chains, ['OUTPUT', output]]));
}

function made(rules: readonly TableRule[]): Chain {
  return { policy: '-', rules };
}

function runRule({ conn, path, mark }: MarkedRun): TableRule {
  const inCgroup: Match = { kind: 'cgroup', options: { path: arg(path) } };
  return tableRule(
    rule([inCgroup, marked(UNMARKED), commented(commentOf(conn))], {
      kind: 'MARK',
      options: { setXmark: arg(mark) },
    }),
  );
}

function runIn({ rule: read }: TableRule): MarkedRun | undefined {
  if (read.kind === 'opaque' || read.target?.kind !== 'MARK') return undefined;
  const path = read.matches.find((match) => match.kind === 'cgroup')?.options.path?.value;
  const comment = read.matches.find((match) => match.kind === 'comment')?.options.comment?.value;
  const mark = read.target.options.setXmark?.value;
  if (path === undefined || comment === undefined || mark === undefined) return undefined;
  return { conn: connOf(comment), path, mark };
}
