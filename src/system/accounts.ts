import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootIn } from './cgroups.ts';

/** Long for a lookup, even in a directory on another host. */
const TIME_LIMIT = 10_000;

function lookUp(database: string, key: string): string[] {
  const { status, stdout } = spawnSync('getent', [database, '--', key], {
    encoding: 'utf8',
    timeout: TIME_LIMIT,
  });
  return status === 0 ? stdout.split(':') : [];
}

export function nameOfUser(uid: number): string | undefined {
  return lookUp('passwd', String(uid))[0];
}

/**
 * Users and groups from wherever this host has them (nsswitch.conf), and cgroups. Asked while a policy is
 * read, and by few policies: so at once, not later.
 */
export const hostAccounts = {
  find(kind: 'user' | 'group', name: string): number | undefined {
    // name:password:number
    const [, , id] = lookUp({ user: 'passwd', group: 'group' }[kind], name);
    return id !== undefined && /^[0-9]+$/.test(id) ? Number(id) : undefined;
  },

  hasCgroup(path: string): boolean {
    const root = rootIn(readFileSync('/proc/self/mountinfo', 'utf8'));
    return root !== undefined && existsSync(join(root, path));
  },
};
