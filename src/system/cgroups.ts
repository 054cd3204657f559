import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Cgroups of version 2, by their path from the root of the hierarchy, without a slash in front. */
export interface Cgroups {
  create(path: string): Promise<void>;
  /** Moves this process; what it starts from then on is born there. */
  enter(path: string): Promise<void>;
  /** Back to where it came from. */
  leave(): Promise<void>;
  /** Whether a process is in it, or in one below. */
  isPopulated(path: string): boolean;
  /** Paths of those in a folder. */
  list(folder: string): string[];
  /** With the folder that it is in, if that is empty then. */
  remove(path: string): Promise<void>;
}

/** There is no hierarchy of version 2 here. */
export class NoCgroups extends Error {}

/** @throws NoCgroups */
export async function openCgroups(): Promise<Cgroups> {
  const root = rootIn(await readFile('/proc/self/mountinfo', 'utf8'));
  if (root === undefined) throw new NoCgroups('no cgroup2 is mounted');
  const [, home = '/'] = /^0::(.*)$/m.exec(await readFile('/proc/self/cgroup', 'utf8')) ?? [];
  const move = (path: string): Promise<void> =>
    writeFile(join(root, path, 'cgroup.procs'), String(process.pid));
  return {
    async create(path) {
      await mkdir(join(root, path), { recursive: true });
    },
    enter: move,
    leave: () => move(home),
    isPopulated(path) {
      try {
        return readFileSync(join(root, path, 'cgroup.events'), 'utf8').includes('populated 1');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw error;
      }
    },
    list(folder) {
      const path = join(root, folder);
      if (!existsSync(path)) return [];
      const found = readdirSync(path, { withFileTypes: true }).filter((one) => one.isDirectory());
      return found.map(({ name }) => join(folder, name));
    },
    async remove(path) {
      await rmdirUnless(join(root, path), ['ENOENT']);
      const folder = dirname(path);
      // the kernel says EBUSY of a cgroup that has others in it
      if (folder !== '.') await rmdirUnless(join(root, folder), ['ENOENT', 'EBUSY', 'ENOTEMPTY']);
    },
  };
}

async function rmdirUnless(path: string, reasons: readonly string[]): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!reasons.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Fields of mountinfo: man 5 proc_pid_mountinfo. The mount point is the fifth, the type follows the dash. */
export function rootIn(mountinfo: string): string | undefined {
  for (const line of mountinfo.split('\n')) {
    const [mount = '', system = ''] = line.split(' - ');
    if (system.startsWith('cgroup2 ')) return mount.split(' ')[4];
  }
  return undefined;
}
