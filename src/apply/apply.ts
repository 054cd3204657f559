import { findConflicts } from '../delta/conflicts.ts';
import { diffHosts } from '../delta/delta.ts';
import type { Step } from '../delta/step.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { HostState } from '../host/state.ts';
import type { HostTools } from '../system/host-tools.ts';
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

/** What a host does not hold although all commands said that they had done it. */
export class NotAsWritten extends Error {
  readonly remaining: readonly Step[];

  constructor(remaining: readonly Step[]) {
    super('the host does not hold what was written');
    this.remaining = remaining;
  }
}

/**
 * Read, compare, write, read again: nothing may be left to do, else all of it is undone.
 *
 * @param ours what is ours to change on the host, the target among it
 * @throws CommandFailed of system/ where the first reading fails
 */
export async function applyHost(tools: HostTools, target: HostState, ours = target): Promise<Applied> {
  const { state: before, diagnostics } = await readHost(tools, target);
  if (before === undefined) return { kind: 'refused', diagnostics };
  const obstacles = [...missingLink(before), ...findConflicts(before, ours)];
  if (obstacles.length > 0) return { kind: 'refused', diagnostics: obstacles };
  const steps = diffHosts({ live: before, target, ours });
  if (steps.length === 0) return { kind: 'unchanged' };
  const failure = await runAll(tools, steps, { target, ours });
  return failure === undefined ? { kind: 'applied', steps } : undo(tools, { before, ours, failure });
}

interface StepFailure {
  readonly failedStep: Step | undefined;
  readonly cause: unknown;
}

/** Undefined when all steps ran and the host then is at `target`. */
async function runAll(
  tools: HostTools,
  steps: readonly Step[],
  { target, ours }: { readonly target: HostState; readonly ours: HostState },
): Promise<StepFailure | undefined> {
  let failedStep: Step | undefined;
  try {
    for (const step of steps) {
      failedStep = step;
      await runStep(tools, step);
    }
    failedStep = undefined;
    const remaining = await stepsBetween(tools, { target, ours });
    return remaining.length === 0 ? undefined : { failedStep, cause: new NotAsWritten(remaining) };
  } catch (cause) {
    return { failedStep, cause };
  }
}

/** From the host as it is now. */
async function stepsBetween(
  tools: HostTools,
  { target, ours }: { readonly target: HostState; readonly ours: HostState },
): Promise<Step[]> {
  const { state: live, diagnostics } = await readHost(tools, ours);
  if (live === undefined) throw new AggregateError(diagnostics, 'the host cannot be read any more');
  return diffHosts({ live, target, ours });
}

interface Undoing {
  readonly before: HostState;
  readonly ours: HostState;
  readonly failure: StepFailure;
}

/** What was written is seen by reading, not by counting steps: a command that was killed may have done its work. */
async function undo(tools: HostTools, { before, ours, failure }: Undoing): Promise<Applied> {
  const way = { target: before, ours };
  try {
    const steps = await stepsBetween(tools, way);
    if (steps.length === 0) return { kind: 'failed', ...failure };
    const undoFailure = await runAll(tools, steps, way);
    if (undoFailure === undefined) return { kind: 'undone', ...failure };
    return { kind: 'not undone', ...failure, undoCause: undoFailure.cause };
  } catch (undoCause) {
    return { kind: 'not undone', ...failure, undoCause };
  }
}

function missingLink({ link }: HostState): Diagnostic[] {
  if (link.state !== 'absent') return [];
  return [
    {
      code: 'SM3003',
      labels: [],
      detail: `There is no network device ${link.name}. Marked packets would have no way out; nothing was written.`,
      help: `pluto makes the device when it starts in mast mode:\nipsec auto --status`,
    },
  ];
}
