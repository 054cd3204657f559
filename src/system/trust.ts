import { lstat, readlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

/** A file, or a folder or link on the way to it, that somebody else has a hand in. */
export interface Untrusted {
  readonly path: string;
  readonly why: 'owner' | 'mode';
  /** Number of its owner. */
  readonly uid: number;
}

/** The kernel follows no more: nobody opens such a file. */
const MOST_LINKS = 40;

/**
 * The first part of the way to a file, itself included, that belongs to none of `uids` or that its group
 * or others can write. In a sticky folder of root, such as /tmp, nobody can touch what is another's. What
 * is not there is for whoever opens it to find out.
 *
 * @param uids root, and whom else the caller trusts
 */
export async function untrustedPart(file: string, uids: readonly number[]): Promise<Untrusted | undefined> {
  let [at, links] = ['/', 0];
  let waiting = partsOf(isAbsolute(file) ? file : `${process.cwd()}/${file}`);
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    // as the kernel does: of the folder that a link has led to
    const path = name === '..' ? dirname(at) : join(at, name);
    const stats = await lstat(path);
    if (!uids.includes(stats.uid)) return { path, why: 'owner', uid: stats.uid };
    if (stats.isSymbolicLink()) {
      links += 1;
      if (links > MOST_LINKS) return undefined;
      const target = await readlink(path);
      waiting = [...partsOf(target), ...waiting];
      if (isAbsolute(target)) at = '/';
    } else {
      if (isOpen(stats)) return { path, why: 'mode', uid: stats.uid };
      at = path;
    }
  }
  return undefined;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** Whether others can put something else there. */
function isOpen(stats: Stats): boolean {
  const mode = stats.mode.toString(8);
  const isWritable = /[2367].?$/.test(mode.slice(-2));
  const isSticky = /[1357]...$/.test(mode);
  return isWritable && !(stats.isDirectory() && isSticky && stats.uid === 0);
}
