import { readFileSync } from 'node:fs';

/** The text of a file. @throws where it cannot be read */
type Read = (path: string) => string;

/** Nobody has that many parents; the numbers of processes that end meanwhile may be given anew. */
const MOST_PARENTS = 64;

/**
 * SSH_CONNECTION of this process, or of the nearest of its parents that has it: sudo drops it for what it
 * starts, and keeps it itself. Whoever owns a parent can have written what stands there.
 */
export function sshConnection(read: Read = (path) => readFileSync(path, 'latin1')): string | undefined {
  let process = 'self';
  for (let count = 0; count < MOST_PARENTS && process !== '0'; count += 1) {
    const [, found] = /(?:^|\0)SSH_CONNECTION=([^\0]*)/.exec(textOf(read, `/proc/${process}/environ`)) ?? [];
    if (found !== undefined) return found;
    // who is gone, or hidden, has no parent that is known
    [, process = '0'] = /^PPid:\t([0-9]+)$/m.exec(textOf(read, `/proc/${process}/status`)) ?? [];
  }
  return undefined;
}

/** A process of another user keeps its environment to itself. */
function textOf(read: Read, path: string): string {
  try {
    return read(path);
  } catch {
    return '';
  }
}
