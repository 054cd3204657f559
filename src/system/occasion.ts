import { readFileSync, statSync } from 'node:fs';
import { nameOfUser } from './accounts.ts';

/** Which network namespace this is, since which boot: no other has had the same two. */
export function placeHere(): { readonly boot: string; readonly netns: string } {
  return {
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    netns: String(statSync('/proc/self/ns/net').ino),
  };
}

/** Who gave the command: behind sudo, too. */
export function whoIsIt(): string {
  const { SUDO_USER } = process.env;
  if (SUDO_USER !== undefined && SUDO_USER !== '') return SUDO_USER;
  const uid = process.getuid?.() ?? 0;
  return nameOfUser(uid) ?? String(uid);
}

/** Of a clock that nobody sets: seconds since some moment before this boot's first process, the same in all of them. */
export function monotonicSeconds(): number {
  return Number(process.hrtime.bigint() / 1_000_000n) / 1000;
}
