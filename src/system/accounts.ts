import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootIn } from './cgroups.ts';

/** Long for a lookup, even in a directory on another host. */
const TIME_LIMIT = 10_000;

/**
 * Users and groups from wherever this host has them (nsswitch.conf), and cgroups. Asked while a policy is
 * read, and by few policies: so at once, not later.
 */
export const hostAccounts = {
  find(kind: 'user' | 'group', name: string): number | undefined {
    const database = { user: 'passwd', group: 'group' }[kind];
    const { status, stdout } = spawnSync('getent', [database, '--', name], {
      encoding: 'utf8',
      timeout: TIME_LIMIT,
    });
    // name:password:number
    const [, , id] = status === 0 ? stdout.split(':') : [];
    return id !== undefined && /^[0-9]+$/.test(id) ? Number(id) : undefined;
  },

  hasCgroup(path: string): boolean {
    const root = rootIn(readFileSync('/proc/self/mountinfo', 'utf8'));
    return root !== undefined && existsSync(join(root, path));
  },
};
