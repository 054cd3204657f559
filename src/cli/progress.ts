import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { ProgressState } from './progress-line.ts';
import { ERASE, IDLE, PLACES, withLock } from './progress-line.ts';

/** What a long run says that it is doing. */
const STAGES = [
  'reading the policy',
  'checking the policy',
  'compiling',
  'reading this host',
  'comparing',
  'writing',
  'verifying',
] as const;

export type Stage = (typeof STAGES)[number];

export interface Progress {
  begin(stage: Stage): void;
  /** Takes the line away, for something else to be said. */
  clear(): void;
}

export const NO_PROGRESS: Progress = { begin: () => undefined, clear: () => undefined };

/**
 * The line is written by a thread of its own, for most stages do not pause to look at a clock. It is there
 * on terminals alone, and only once a run takes longer than a second.
 */
export function openProgress(): Progress {
  const state: ProgressState = new Int32Array(new SharedArrayBuffer(4 * PLACES.count));
  let worker: Worker | undefined;
  const set = (stage: number): void => {
    Atomics.store(state, PLACES.stage, stage);
    Atomics.notify(state, PLACES.stage);
  };
  return {
    begin(stage) {
      if (worker === undefined) {
        worker = new Worker(new URL('./progress-worker.js', import.meta.url), {
          workerData: { state, stages: STAGES },
        });
        worker.unref();
      }
      set(STAGES.indexOf(stage) + 1);
    },
    clear() {
      set(IDLE);
      withLock(state, () => {
        if (Atomics.exchange(state, PLACES.isShown, 0) === 1) writeSync(2, ERASE);
      });
    },
  };
}
