import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { ProgressState } from './progress-line.ts';
import { ERASE, IDLE, PLACES, withLock } from './progress-line.ts';

/** From the first stage on, in milliseconds. */
const PATIENCE = 1000;

const { state, stages } = workerData as { state: ProgressState; stages: readonly string[] };

// a sleep: nobody knows of this number
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE);
for (;;) {
  const stage = Atomics.load(state, PLACES.stage);
  withLock(state, () => {
    if (stage === IDLE || Atomics.load(state, PLACES.stage) !== stage) return;
    writeSync(2, `${ERASE}${String(stages[stage - 1])} ...`);
    Atomics.store(state, PLACES.isShown, 1);
  });
  Atomics.wait(state, PLACES.stage, stage);
}
