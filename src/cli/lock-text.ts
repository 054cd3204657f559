import type { Outrun } from '../apply/apply.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { decoded } from '../domain/decoded.ts';
import { nameOfUser } from '../system/accounts.ts';
import type { Holder, LockTaken } from '../system/lock.ts';
import { holderOfTables } from '../system/tables-lock.ts';

/** Who keeps us from writing, as far as that can be seen. */
export function lockTaken({ holder }: LockTaken, state: string): Diagnostic {
  const isStranger = holder !== undefined && holder.uid !== 0 && holder.uid !== process.geteuid?.();
  const who = holder === undefined ? UNSEEN : `process ${holderText(holder)}`;
  const squats = isStranger
    ? '\nNo saref-mark that writes runs as this user: the name of the lock was taken by somebody who cannot write here, so nobody can.'
    : '';
  return {
    code: 'SM3011',
    labels: [],
    detail: `The lock of saref-mark in this network namespace is held by\n    ${who}${squats}\n${state}`,
    help: isStranger
      ? `end that process:\nkill ${String(holder.pid)}`
      : 'try later, or wait longer with --wait SECONDS',
  };
}

/** Of iptables, who has it now: it may be another one than a moment ago. Empty where that cannot be seen. */
export function tablesHeld(): string {
  const holder = holderOfTables();
  return holder === undefined ? '' : `The lock is held by\n    process ${holderText(holder)}\n`;
}

const UNSEEN = 'a process that cannot be seen from here, maybe of another container';

function holderText({ pid, uid, command }: Holder): string {
  const name = nameOfUser(uid);
  const user = name === undefined ? String(uid) : `${name} (${String(uid)})`;
  return `${String(pid)} of user ${user}: ${decoded(command)}`;
}

/** Others wrote in between, again and again. */
export function outrun({ attempts }: Outrun, state: string): Diagnostic {
  return {
    code: 'SM3012',
    labels: [],
    detail: `In ${String(attempts)} attempts somebody else changed the rules or the routing while ours were being written.\n${state}`,
    help: 'try later; see who writes:\nps -ef | grep -E "iptables|nft|updown"',
  };
}
