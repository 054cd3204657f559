import type { Applied } from '../apply/apply.ts';
import { isDone } from '../apply/apply.ts';
import type { Followed } from '../apply/follow-flows.ts';
import type { Ledger } from '../apply/ledger.ts';
import { forgiving, NO_LEDGER } from '../apply/ledger.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Change, Occasion } from '../state/change.ts';
import type { Baseline, Confirmation } from '../state/confirmation.ts';
import { endConfirmation } from '../state/confirmation.ts';
import { toDuration } from '../state/duration.ts';
import type { Journal } from '../state/journal.ts';
import { lastChange, openJournal } from '../state/journal.ts';
import type { HostTools } from '../system/host-tools.ts';
import { whoIsIt } from '../system/occasion.ts';
import { holdSignals } from '../system/signals.ts';
import type { StateFolder } from '../system/state-folder.ts';
import { StateUnusable } from '../system/state-folder.ts';
import type { Arming } from './confirming.ts';
import { armingIn, baselineOf, pendingIn } from './confirming.ts';
import { NotArmed } from './not-armed.ts';
import { exclusively } from './exclusively.ts';
import type { ExitCode } from './exit-codes.ts';
import { goBackTo, pastOf, recoverIn } from './going-back.ts';
import type { Arguments } from './options.ts';
import { UsageError } from './options.ts';
import { blockerIn, recoveredDiagnostics } from './recovered-text.ts';
import { openStore } from './state-store.ts';

/** Something that changes a host. */
export interface Order {
  readonly command: Occasion['command'];
  readonly policy?: Change['policy'];
  readonly tools: HostTools;
  readonly work: (ledger: Ledger) => Promise<Followed>;
  readonly report: (changed: Changed) => Promise<ExitCode>;
}

/** What it came to. */
interface Changed extends Followed {
  /** What is waited for, because of this change or of an earlier one. */
  readonly pending: Confirmation | undefined;
}

/**
 * Runs what changes a host: alone, after what was interrupted has been ended, written down before it is
 * made, and with somebody to take it back where that is asked for. Signals wait until it is told.
 *
 * @throws LockTaken, StateUnusable before anything is written
 */
export async function changing(args: Arguments, order: Order): Promise<ExitCode> {
  const seconds = confirmSeconds(args);
  const signals = holdSignals();
  try {
    return await order.report(await exclusively(args, () => changed(args, order, seconds)));
  } finally {
    signals.release();
  }
}

/** Undefined where nobody has to confirm. */
function confirmSeconds(args: Arguments): number | undefined {
  if (!args.isSet('confirm')) return undefined;
  if (args.isSet('no-state')) throw new UsageError('--confirm needs the state that --no-state does without');
  const seconds = toDuration(args.value('confirm'));
  if (seconds === undefined)
    throw new UsageError(`--confirm takes a time such as 60s, 5m or 1h, not '${args.value('confirm')}'`);
  return seconds;
}

async function changed(args: Arguments, order: Order, seconds: number | undefined): Promise<Changed> {
  if (args.isSet('no-state')) return { ...(await order.work(NO_LEDGER)), pending: undefined };
  const folder = openStore(args);
  const recovered = await recoverIn(folder, order.tools);
  const diagnostics = recoveredDiagnostics(recovered);
  const blocker = blockerIn(recovered);
  if (blocker !== undefined) return { ...NO_FLOWS, applied: blocker, diagnostics, pending: undefined };
  const arming = seconds === undefined ? undefined : armingIn(folder, seconds, order.tools.backend.name);
  const followed = await writtenDown(folder, order, arming);
  const pending = pendingIn(folder)?.confirmation;
  return { ...followed, diagnostics: [...diagnostics, ...followed.diagnostics], pending };
}

const NO_FLOWS = { flows: { translated: 0, deleted: 0 } } as const;

async function writtenDown(folder: StateFolder, order: Order, arming: Arming | undefined): Promise<Followed> {
  const journal = openJournal(folder, occasionOf(order));
  const ledger = arming && armedLedger(journal, arming, lastChange(folder)?.policy);
  const followed = await order.work(ledger ?? journal);
  const remarks = closeJournal(journal, followed.applied);
  const ended = arming === undefined ? followed : await closeArming(folder, followed, { arming, order });
  return { ...ended, diagnostics: [...ended.diagnostics, ...remarks] };
}

/** Whoever would take it back is there before anything is written. */
function armedLedger(journal: Journal, arming: Arming, policy: Change['policy']): Ledger {
  let isArmed = false;
  return {
    async note(coming) {
      await journal.note(coming);
      if (isArmed) return;
      isArmed = true;
      await arming.arm(baselineOf(coming, policy));
    },
  };
}

/** The host is what it is, whatever can be kept of how it came there. */
function closeJournal(journal: Journal, { kind }: Applied): Diagnostic[] {
  try {
    if (kind === 'applied') journal.keep();
    else if (kind !== 'not undone') journal.drop();
    return [];
  } catch (error) {
    if (!(error instanceof StateUnusable)) throw error;
    const detail = `${error.path}: ${error.message}\nThe host is as is said here, but the journal could not be closed.`;
    return [{ code: 'SM3104', labels: [], detail, help: error.help }];
  }
}

interface Closing {
  readonly arming: Arming;
  readonly order: Order;
}

async function closeArming(
  folder: StateFolder,
  followed: Followed,
  { arming, order }: Closing,
): Promise<Followed> {
  const { kind } = followed.applied;
  const pending = pendingIn(folder);
  // what is pending is armed again: the time begins anew
  if (kind === 'unchanged' && pending !== undefined) await arming.arm(pending.baseline);
  else if (kind === 'failed' || kind === 'undone' || kind === 'refused') await arming.disarm();
  else if (kind === 'applied' && arming.armed() === undefined && pending !== undefined) {
    const { applied } = await revert(folder, pending.baseline, order.tools);
    return { ...followed, applied: unwatched(applied) };
  }
  return followed;
}

/** Back to what a change began with, which nobody has confirmed. */
export async function revert(folder: StateFolder, baseline: Baseline, tools: HostTools): Promise<Followed> {
  const journal = openJournal(folder, occasionOf({ command: 'revert', policy: baseline.policy, tools }));
  // what the disk says is no reason to leave the host as it is
  const followed = await goBackTo(pastOf(baseline), tools, forgiving(journal));
  const remarks = closeJournal(journal, followed.applied);
  if (isDone(followed.applied)) endConfirmation(folder);
  return { ...followed, diagnostics: [...followed.diagnostics, ...remarks] };
}

function occasionOf({ command, policy, tools }: Pick<Order, 'command' | 'policy' | 'tools'>): Occasion {
  const now = { when: new Date().toISOString(), who: whoIsIt(), pid: process.pid };
  return { command, policy, ...now, backend: tools.backend.name };
}

function unwatched(back: Applied): Applied {
  const cause = new NotArmed('the process that would take the change back has ended');
  return isDone(back)
    ? { kind: 'undone', failedStep: undefined, cause }
    : { kind: 'not undone', failedStep: undefined, cause, undoCause: back };
}
