import type { Goal } from '../delta/change.ts';
import { stepsTo } from '../delta/delta.ts';
import { simulate } from '../delta/simulate.ts';
import type { Step } from '../delta/step.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { HostState } from '../host/state.ts';
import { printHost } from '../host/print.ts';
import type { CommandFailed } from '../system/classify.ts';
import type { HostTools } from '../system/host-tools.ts';
import type { Coming, Ledger } from './ledger.ts';
import { forgiving, NO_LEDGER } from './ledger.ts';
import { readHost } from './read-host.ts';
import { runStep } from './run-step.ts';

/** How an apply ended. */
export type Applied =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'applied'; readonly steps: readonly Step[] }
  /** Not begun: the host is not one to write to. */
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  /** failed: nothing of it is left, for nothing was written. undone: for all was taken back. */
  | { readonly kind: 'failed' | 'undone'; readonly failedStep: Step | undefined; readonly cause: unknown }
  | {
      readonly kind: 'not undone';
      readonly failedStep: Step | undefined;
      readonly cause: unknown;
      readonly undoCause: unknown;
    };

/** Whether the host is as it should be. */
export function isDone({ kind }: Pick<Applied, 'kind'>): boolean {
  return kind === 'applied' || kind === 'unchanged';
}

/** What a host does not hold although all commands said that they had done it. */
export class NotAsWritten extends Error {
  readonly remaining: readonly Step[];

  constructor(remaining: readonly Step[]) {
    super('the host does not hold what was written');
    this.remaining = remaining;
  }
}

/** What could be read before cannot be read any more. */
export class Unreadable extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super('the host cannot be read any more');
    this.diagnostics = diagnostics;
  }
}

/** Somebody else wrote between our reading and our writing, each time. */
export class Outrun extends Error {
  readonly attempts: number;

  constructor(attempts: number) {
    super('somebody else writes faster');
    this.attempts = attempts;
  }
}

/**
 * Somebody else may write between our reading and our writing: then it is done again from a fresh
 * reading, so many times at most.
 */
const MOST_ATTEMPTS = 10;

/**
 * Read, compare, write, read again: nothing may be left to do, else all of it is undone.
 *
 * @throws CommandFailed of system/ where the first reading fails
 */
export async function applyHost(tools: HostTools, goal: Goal, ledger = NO_LEDGER): Promise<Applied> {
  const { state, diagnostics } = await readHost(tools, goal.ours);
  if (state === undefined) return { kind: 'refused', diagnostics };
  return (await applyFrom({ tools, ledger }, goal, state)).applied;
}

interface AppliedFrom {
  readonly applied: Applied;
  /** The host as it was seen last; undefined where it is not as it should be. */
  readonly live: HostState | undefined;
}

/** The same from a reading that is there already: that it is not the newest is seen behind the writing. */
export async function applyFrom(ports: Ports, goal: Goal, before: HostState): Promise<AppliedFrom> {
  const ended = (applied: Applied): AppliedFrom => ({ applied, live: undefined });
  const obstacles = missingLink(before, goal.targetOn(before));
  if (obstacles.length > 0) return ended({ kind: 'refused', diagnostics: obstacles });
  const first = stepsTo(goal, before);
  if (first.length === 0) return { applied: { kind: 'unchanged' }, live: before };
  const { steps, failure, live } = await bringTo(ports, goal, { live: before, steps: first });
  if (failure === undefined) return { applied: { kind: 'applied', steps }, live };
  // what others have put in front of ours meanwhile has nothing to do with what we take back
  const back = { ours: goal.ours, targetOn: () => before, isPlaceFree: true };
  return ended(await undo({ ...ports, ledger: forgiving(ports.ledger) }, back, failure));
}

interface StepFailure {
  readonly failedStep: Step | undefined;
  readonly cause: unknown;
}

interface Attempt {
  /** Those that were run. */
  readonly steps: readonly Step[];
  readonly failure: StepFailure | undefined;
}

export interface Ports {
  readonly tools: HostTools;
  readonly ledger: Ledger;
}

type Brought = Attempt & { readonly live: HostState };

/** A reading of the host, and what is to be done there. */
type Start = Pick<Coming, 'live' | 'steps'>;

/** Without a failure, the host was seen to be there at the end. */
async function bringTo({ tools, ledger }: Ports, goal: Goal, start: Start): Promise<Brought> {
  const done: Step[] = [];
  let { live, steps: wanted } = start;
  let hasTriedAgain = false;
  for (let attempt = 1; ; attempt += 1) {
    const coming = { ours: goal.ours, live, steps: wanted };
    try {
      await ledger.note(coming);
    } catch (cause) {
      return { steps: done, failure: { failedStep: undefined, cause }, live };
    }
    const { steps, failure } = await runAll(tools, coming.steps);
    done.push(...steps);
    if (failure !== undefined && !mayBeOutrun(failure)) return { steps: done, failure, live };
    const before = live;
    try {
      live = await readAgain(tools, goal.ours);
    } catch (cause) {
      return { steps: done, failure: failure ?? { failedStep: undefined, cause }, live };
    }
    wanted = stepsTo(goal, live);
    if (failure === undefined && wanted.length === 0) return { steps: done, failure, live };
    const isOutrun = printHost(live) !== printHost(simulate(before, steps));
    const isWorthATry: boolean = !isOutrun && !hasTriedAgain && isRefusedTable(failure);
    hasTriedAgain ||= isWorthATry;
    if ((isOutrun || isWorthATry) && attempt < MOST_ATTEMPTS) continue;
    if (failure !== undefined && !isOutrun) return { steps: done, failure, live };
    const cause = isOutrun ? new Outrun(attempt) : new NotAsWritten(wanted);
    return { steps: done, failure: { failedStep: undefined, cause }, live };
  }
}

async function runAll(tools: HostTools, steps: readonly Step[]): Promise<Attempt> {
  const done: Step[] = [];
  for (const step of steps) {
    try {
      await runStep(tools, step);
    } catch (cause) {
      return { steps: done, failure: { failedStep: step, cause } };
    }
    done.push(step);
  }
  return { steps: done, failure: undefined };
}

/** Whether a command was refused, as it is when somebody has taken away what it was to change. */
function mayBeOutrun({ cause }: StepFailure): boolean {
  return (cause as Partial<CommandFailed>).kind === 'refused';
}

/**
 * A kernel refuses what was read from a table that is another one by now, legacy without a word of that, and
 * who has changed it may have changed it back since: then there is nothing to see.
 */
function isRefusedTable(failure: StepFailure | undefined): boolean {
  return failure?.failedStep?.tool === 'iptables-restore';
}

async function readAgain(tools: HostTools, ours: HostState): Promise<HostState> {
  const { state, diagnostics } = await readHost(tools, ours);
  if (state === undefined) throw new Unreadable(diagnostics);
  return state;
}

/** What was written is seen by reading, not by counting steps: a command that was killed may have done its work. */
async function undo(ports: Ports, goal: Goal, failure: StepFailure): Promise<Applied> {
  try {
    const live = await readAgain(ports.tools, goal.ours);
    const steps = stepsTo(goal, live);
    if (steps.length === 0) return { kind: 'failed', ...failure };
    const { failure: undoFailure } = await bringTo(ports, goal, { live, steps });
    if (undoFailure === undefined) return { kind: 'undone', ...failure };
    return { kind: 'not undone', ...failure, undoCause: undoFailure.cause };
  } catch (undoCause) {
    return { kind: 'not undone', ...failure, undoCause };
  }
}

function missingLink({ link }: HostState, target: HostState): Diagnostic[] {
  if (link.state !== 'absent' || target.link.state === 'absent') return [];
  return [
    {
      code: 'SM3003',
      labels: [],
      detail: `There is no network device ${link.name}. Marked packets would have no way out; nothing was written.`,
      help: `pluto makes the device when it starts in mast mode:\nipsec auto --status`,
    },
  ];
}
