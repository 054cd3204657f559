/** What the two threads that write to the terminal share. */
export type ProgressState = Int32Array<SharedArrayBuffer>;

/** stage: counted from 1, or IDLE. lock: 1 while one of them writes. isShown: whether the line is there. */
export const PLACES = { stage: 0, lock: 1, isShown: 2, count: 3 } as const;

export const IDLE = 0;

/** To the left end of the line, and nothing behind it. */
export const ERASE = '\r\u001b[K';

/** The other one holds it for the time of a write. */
export function withLock(state: ProgressState, run: () => void): void {
  while (Atomics.compareExchange(state, PLACES.lock, 0, 1) !== 0) Atomics.wait(state, PLACES.lock, 1);
  try {
    run();
  } finally {
    Atomics.store(state, PLACES.lock, 0);
    Atomics.notify(state, PLACES.lock);
  }
}
