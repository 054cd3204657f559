import { takeLock } from '../system/lock.ts';
import { waitIn } from './live-tools.ts';
import type { Arguments } from './options.ts';

/**
 * Runs what writes, and nobody else of us in this network namespace meanwhile.
 *
 * @throws LockTaken
 */
export async function exclusively<T>(args: Arguments, work: () => Promise<T>): Promise<T> {
  const lock = await takeLock(waitIn(args));
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
