import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Coming } from '../apply/ledger.ts';
import type { Baseline, Confirmation } from '../state/confirmation.ts';
import {
  awaitConfirmation,
  endConfirmation,
  findBaseline,
  findConfirmation,
  findWatchdog,
} from '../state/confirmation.ts';
import { NotArmed } from './not-armed.ts';
import { ourPartOf } from '../state/our-part.ts';
import { saveHost } from '../state/saved-host.ts';
import { monotonicSeconds, whoIsIt } from '../system/occasion.ts';
import type { StateFolder } from '../system/state-folder.ts';
import { isRunning, startWatchdog } from '../system/watchdog.ts';

const WATCHDOG = fileURLToPath(new URL('watchdog.js', import.meta.url));

/** What takes a change back unless it is confirmed. */
export interface Arming {
  /** From now on. @throws NotArmed */
  arm(baseline: Baseline): Promise<void>;
  /** As if it had never been asked for; what was pending before is pending again. */
  disarm(): Promise<void>;
  /** The one that was armed, as long as its watchdog runs. */
  armed(): Confirmation | undefined;
  readonly seconds: number;
}

export function armingIn(folder: StateFolder, seconds: number, backend: string): Arming {
  const before = pendingIn(folder);
  let confirmation: Confirmation | undefined;
  const disarm = async (): Promise<void> => {
    if (confirmation === undefined) return;
    confirmation = undefined;
    if (before === undefined) {
      endConfirmation(folder);
      return;
    }
    awaitConfirmation(folder, before.confirmation, before.baseline);
    // its own has seen another one in its place, and has ended
    await watch(folder, before.confirmation);
  };
  return {
    seconds,
    disarm,
    armed: () => (confirmation !== undefined && isWatched(folder, confirmation) ? confirmation : undefined),
    async arm(baseline) {
      const token = randomBytes(5).toString('hex');
      const deadline = monotonicSeconds() + seconds;
      confirmation = { token, deadline, backend, who: whoIsIt() };
      awaitConfirmation(folder, confirmation, before?.baseline ?? baseline);
      if (await watch(folder, confirmation)) return;
      await disarm();
      throw new NotArmed('the process that would take the change back did not start');
    },
  };
}

/** Starts the process that waits for the confirmation in place of one that has died, too. */
export function watch(folder: StateFolder, confirmation: Confirmation): Promise<boolean> {
  const argv = [process.execPath, WATCHDOG, folder.path, confirmation.token] as const;
  return startWatchdog(argv, () => isWatched(folder, confirmation));
}

export function isWatched(folder: StateFolder, { token }: Confirmation): boolean {
  const watchdog = findWatchdog(folder);
  return watchdog?.token === token && isRunning(watchdog);
}

/** What is waited for, and what the host goes back to without it. */
export interface Pending {
  readonly confirmation: Confirmation;
  readonly baseline: Baseline;
}

export function pendingIn(folder: StateFolder): Pending | undefined {
  const [confirmation, baseline] = [findConfirmation(folder), findBaseline(folder)];
  return confirmation === undefined || baseline === undefined ? undefined : { confirmation, baseline };
}

export function baselineOf({ ours, live }: Coming, policy: Baseline['policy']): Baseline {
  return { ours: saveHost(ours), state: saveHost(ourPartOf(live, ours)), policy };
}
