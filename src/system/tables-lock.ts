import { readFileSync, statSync } from 'node:fs';
import type { Holder } from './lock.ts';
import { holderOf, orUndefined } from './lock.ts';

/** What iptables takes before it touches a table of the legacy back end: see XTABLES_LOCKFILE in man 8 iptables. */
const FILE = '/run/xtables.lock';

/** Who has the lock of the tables at this moment; undefined for nobody, or somebody who cannot be seen from here. */
export function holderOfTables(): Holder | undefined {
  return orUndefined(() => {
    const { ino, dev } = statSync(process.env['XTABLES_LOCKFILE'] ?? FILE);
    const pid = holderIn(readFileSync('/proc/locks', 'latin1'), `${deviceText(dev)}:${String(ino)}`);
    return pid === undefined ? undefined : holderOf(pid);
  });
}

/** `1: FLOCK  ADVISORY  WRITE 2010 00:2a:3 0 EOF`; with `->` behind the number, of one who waits. */
export function holderIn(locks: string, file: string): string | undefined {
  const form = new RegExp(`^[0-9]+: FLOCK +ADVISORY +WRITE +([0-9]+) ${file} `, 'm');
  return form.exec(locks)?.[1];
}

/** As /proc/locks has it, from the number that stat gives: see new_encode_dev of linux/kdev_t.h. */
export function deviceText(device: number): string {
  const major = Math.floor(device / 256) % 4096;
  const minor = (device % 256) + Math.floor(device / 2 ** 20) * 256;
  return [major, minor].map((number) => number.toString(16).padStart(2, '0')).join(':');
}
