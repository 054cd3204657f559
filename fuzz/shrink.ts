import type { Failure, Read } from './attempt.ts';
import { attempt } from './attempt.ts';

/** Enough for an input of some thousand bytes that fails quickly. */
const MOST_ATTEMPTS = 2000;

/** Something smaller that fails, too: parts are left out, large ones first, as long as that goes. */
export function shrink(read: Read, failure: Failure): Failure {
  // once more, for the words of the failure
  let [smallest, attempts] = [attempt(read, [failure.input]).failure ?? failure, 0];
  for (
    let size = Math.ceil(failure.input.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let start = 0; start < smallest.input.length && attempts < MOST_ATTEMPTS; attempts += 1) {
      const { input } = smallest;
      const rest = Buffer.concat([input.subarray(0, start), input.subarray(start + size)]);
      const { failure: again } = attempt(read, [rest]);
      if (again === undefined) start += size;
      else smallest = again;
    }
  }
  return smallest;
}
