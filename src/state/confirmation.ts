import type { StateFolder } from '../system/state-folder.ts';
import type { Change } from './change.ts';
import { parseJson } from './change.ts';
import { fieldsOf, isSavedHost } from './saved-host.ts';
import type { SavedHost } from './saved-host.ts';

/** A change that is taken back unless somebody confirms it in time. */
export interface Confirmation {
  /** What says that one has seen it, and reaches the host still. */
  readonly token: string;
  /** Of the clock that nobody sets. */
  readonly deadline: number;
  readonly backend: string;
  readonly who: string;
}

/** What the host goes back to. */
export interface Baseline {
  readonly ours: SavedHost;
  readonly state: SavedHost;
  /** The one that was applied then; absent where none was, or nobody knows. */
  readonly policy?: Change['policy'];
}

const PENDING = 'pending.json';
const ENDED = 'ended.json';
const BASELINE = 'baseline.json';

/** How going back ended, when nobody had confirmed. */
export interface Reverted {
  readonly token: string;
  /** ISO 8601. */
  readonly when: string;
  /** As of a command. */
  readonly exitCode: number;
  /** What is to be known of it. */
  readonly detail: string;
}

const REVERTED = 'reverted.json';

/** The process that waits for a confirmation: it is there, and will take the change back. */
export interface Watchdog {
  readonly token: string;
  readonly pid: number;
  /** Ticks since boot. */
  readonly started: number;
}

const WATCHDOG = 'watchdog.json';

export function findConfirmation(folder: StateFolder): Confirmation | undefined {
  const value = parseJson(folder.read(PENDING) ?? '');
  const { token, deadline, backend, who } = fieldsOf(value);
  const isWhole =
    [token, backend, who].every((field) => typeof field === 'string') && typeof deadline === 'number';
  return isWhole ? (value as Confirmation) : undefined;
}

export function findBaseline(folder: StateFolder): Baseline | undefined {
  const value = parseJson(folder.read(BASELINE) ?? '');
  const { ours, state } = fieldsOf(value);
  return isSavedHost(ours) && isSavedHost(state) ? (value as Baseline) : undefined;
}

/** The baseline first: what is pending has one. */
export function awaitConfirmation(folder: StateFolder, confirmation: Confirmation, baseline: Baseline): void {
  folder.remove(REVERTED);
  folder.write(BASELINE, JSON.stringify(baseline));
  folder.write(PENDING, JSON.stringify(confirmation));
}

/** Confirmed, or gone back. That is said by a file, not by the lack of one: somebody may have removed them all. */
export function endConfirmation(folder: StateFolder): void {
  if (folder.read(PENDING) !== undefined) folder.move(PENDING, ENDED);
  folder.remove(BASELINE);
}

/** Whether nobody is to wait for this one any more: it was ended, or another one has taken its place. */
export function isOver(folder: StateFolder, token: string): boolean {
  const pending = findConfirmation(folder);
  if (pending !== undefined) return pending.token !== token;
  return fieldsOf(parseJson(folder.read(ENDED) ?? ''))['token'] === token;
}

export function findWatchdog(folder: StateFolder): Watchdog | undefined {
  const value = parseJson(folder.read(WATCHDOG) ?? '');
  const { token, pid, started } = fieldsOf(value);
  const isWhole = typeof token === 'string' && [pid, started].every((field) => typeof field === 'number');
  return isWhole ? (value as Watchdog) : undefined;
}

export function noteWatchdog(folder: StateFolder, watchdog: Watchdog): void {
  folder.write(WATCHDOG, JSON.stringify(watchdog));
}

export function findReverted(folder: StateFolder): Reverted | undefined {
  const value = parseJson(folder.read(REVERTED) ?? '');
  const { token, when, exitCode, detail } = fieldsOf(value);
  const isWhole =
    [token, when, detail].every((field) => typeof field === 'string') && typeof exitCode === 'number';
  return isWhole ? (value as Reverted) : undefined;
}

export function noteReverted(folder: StateFolder, reverted: Reverted): void {
  folder.write(REVERTED, JSON.stringify(reverted));
}
