/**
 * The process that takes a change back unless it is confirmed: `node watchdog.js FOLDER TOKEN`. It is alone,
 * has no terminal, and nobody waits for it. It counts by a clock that nobody sets.
 */
import { basename, dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDone } from '../apply/apply.ts';
import type { Followed } from '../apply/follow-flows.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { isOver, noteReverted, noteWatchdog } from '../state/confirmation.ts';
import type { BackendName } from '../system/backend.ts';
import { findBackend } from '../system/backend.ts';
import { executeHere } from '../system/execute.ts';
import { hostTools } from '../system/host-tools.ts';
import type { Lock } from '../system/lock.ts';
import { LockTaken, takeLock } from '../system/lock.ts';
import { monotonicSeconds } from '../system/occasion.ts';
import type { StateFolder } from '../system/state-folder.ts';
import { openStateFolder, StateUnusable } from '../system/state-folder.ts';
import { processId } from '../system/watchdog.ts';
import { appliedReport } from './applied-report.ts';
import { revert } from './changing.ts';
import type { Pending } from './confirming.ts';
import { pendingIn } from './confirming.ts';
import type { ExitCode } from './exit-codes.ts';
import { EXIT } from './exit-codes.ts';
import { exitCodeOf, failureDiagnostic } from './failure.ts';
import { recoverIn } from './going-back.ts';

/** How long it takes, at most, to see that the change was confirmed. */
const LOOK_SECONDS = 1;

/** A lock of ours that somebody keeps is no reason to leave a host unreachable. */
const LOCK_SECONDS = 30;

const TABLES_SECONDS = 30;

const ATTEMPTS = 10;
const PAUSE_MS = 3000;

async function main(path: string, token: string): Promise<number> {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGPIPE'] as const) process.on(signal, () => undefined);
  const folder = openStateFolder(dirname(path), basename(path));
  const self = processId();
  if (self === undefined) return EXIT.error;
  const pending = pendingIn(folder);
  if (pending?.confirmation.token !== token) return EXIT.error;
  noteWatchdog(folder, { token, ...self });
  for (;;) {
    if (isOverNow(folder, token)) return EXIT.done;
    const left = pending.confirmation.deadline - monotonicSeconds();
    if (left <= 0) return takeBack(folder, pending);
    await setTimeout(Math.min(left, LOOK_SECONDS) * 1000);
  }
}

/** A folder that cannot be read any more, or is gone, says nothing: the change is taken back. */
function isOverNow(folder: StateFolder, token: string): boolean {
  try {
    return isOver(folder, token);
  } catch (error) {
    if (error instanceof StateUnusable) return false;
    throw error;
  }
}

/** Tried again while it fails: nobody else would. */
async function takeBack(folder: StateFolder, pending: Pending): Promise<ExitCode> {
  const { token } = pending.confirmation;
  for (let attempt = 1; ; attempt += 1) {
    const lock = await lockIfFree();
    try {
      if (isOverNow(folder, token)) return EXIT.done;
      const { exitCode, detail } = await attemptOnce(folder, pending);
      if (exitCode === EXIT.undone || attempt === ATTEMPTS) {
        await tell(folder, { token, when: new Date().toISOString(), exitCode, detail });
        return exitCode;
      }
    } finally {
      await lock?.release();
    }
    await setTimeout(PAUSE_MS);
  }
}

async function lockIfFree(): Promise<Lock | undefined> {
  try {
    return await takeLock(LOCK_SECONDS);
  } catch (error) {
    if (error instanceof LockTaken) return undefined;
    throw error;
  }
}

interface End {
  readonly exitCode: ExitCode;
  readonly detail: string;
}

async function attemptOnce(folder: StateFolder, { confirmation, baseline }: Pending): Promise<End> {
  try {
    const backend = await findBackend(executeHere, confirmation.backend as BackendName);
    const tools = hostTools(executeHere, { backend, waitSeconds: TABLES_SECONDS });
    // what was interrupted is over in either case: the host goes back
    await recoverIn(folder, tools);
    return await endOf(await revert(folder, baseline, tools));
  } catch (cause) {
    const { detail } = await failureDiagnostic(cause, 'The host was not taken back.');
    return { exitCode: exitCodeOf(cause), detail: detail ?? '' };
  }
}

async function endOf({ applied }: Followed): Promise<End> {
  if (isDone(applied)) return { exitCode: EXIT.undone, detail: 'nobody confirmed: the host is as it was' };
  const { diagnostics, exitCode } = await appliedReport(applied, 'revert');
  const detail = diagnostics.map((one: Diagnostic) => one.detail ?? one.code).join('\n');
  return { exitCode: exitCode === EXIT.undone ? EXIT.error : exitCode, detail };
}

async function tell(folder: StateFolder, reverted: Parameters<typeof noteReverted>[1]): Promise<void> {
  const priority = reverted.exitCode === EXIT.undone ? 'daemon.warning' : 'daemon.crit';
  const text = `saref-mark: ${reverted.detail} (exit code ${String(reverted.exitCode)})`;
  await executeHere({ argv: ['logger', '-t', 'saref-mark', '-p', priority, '--', text] });
  noteReverted(folder, reverted);
}

const [path = '', token = ''] = process.argv.slice(2);
process.exitCode = await main(path, token);
