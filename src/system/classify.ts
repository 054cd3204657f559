import type { Command, Outcome } from './execute.ts';

/** What a failure means for the user. The only place that looks at the words of stderr. */
export type FailureKind = 'missing' | 'locked' | 'no privilege' | 'refused' | 'cut short';

/**
 * Samples, iptables 1.8.9, iproute2 6.1 and whack:
 *   exit 4  Another app is currently holding the xtables lock. Perhaps you want to use the -w option?
 *   exit 4  Another app is currently holding the xtables lock; still 0s 0us time ahead to have a chance to grab the lock...
 *           Another app is currently holding the xtables lock. Stopped waiting after 1s.
 *   exit 4  iptables-restore v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)
 *   exit 4  Fatal: can't open lock file /run/xtables.lock: Permission denied
 *   exit 1  iptables-save v1.8.9 (legacy): Cannot initialize: Permission denied (you must be root)
 *   exit 2  RTNETLINK answers: Operation not permitted
 *   exit 255  sysctl: permission denied on key "net.ipv4.fwmark_reflect"
 *   exit 1  unshare: unshare failed: Operation not permitted
 *   exit 1 (Openswan), 33 (Libreswan)  whack: no right to communicate with pluto (access("/run/pluto/pluto.ctl"))
 *   exit 1  conntrack v1.4.7 (conntrack-tools): Operation failed: sorry, you must be root or get CAP_NET_ADMIN capability to do this
 *   exit 127  nsenter: failed to execute iptables: No such file or directory
 */
function classify({ exitCode, stderr, failure }: Outcome): FailureKind {
  if (failure === 'missing' || (exitCode === 127 && stderr.includes('failed to execute'))) return 'missing';
  if (exitCode === 4 && stderr.includes('xtables lock')) return 'locked';
  const isForbidden =
    /permission denied|operation not permitted|you must be root or get CAP_NET_ADMIN|no right to communicate with pluto/i;
  if (isForbidden.test(stderr)) return 'no privilege';
  // without an exit code nobody knows how far it came
  return exitCode === undefined ? 'cut short' : 'refused';
}

/** A command that did not do what it was asked to. */
export class CommandFailed extends Error {
  readonly command: Command;
  readonly outcome: Outcome;

  constructor(command: Command, outcome: Outcome) {
    super(`${command.argv[0]} failed`);
    this.command = command;
    this.outcome = outcome;
  }

  get kind(): FailureKind {
    return classify(this.outcome);
  }
}

/** iptables-save says on stderr that the other back end holds rules as well: not about these. */
const HARMLESS = /^# Warning: iptables-legacy tables present, use iptables-legacy-save to see them$/;

/** Whether stderr has a line that is more than a known remark. */
export function hasTrouble({ stderr }: Outcome): boolean {
  return stderr.split('\n').some((line) => line !== '' && !HARMLESS.test(line));
}

/** `ip route show table N` for a table that was never used: exit 2, "FIB table does not exist". */
export function isUnusedTable({ stderr }: Outcome): boolean {
  return stderr.includes('FIB table does not exist');
}

/** `ip link show dev NAME`: exit 1, `Device "NAME" does not exist.` */
export function isUnknownDevice({ stderr }: Outcome): boolean {
  return /^Device ".*" does not exist\.$/m.test(stderr);
}

/** `sysctl KEY`: `cannot stat /proc/sys/...`, for the switches of a device that is not there. */
export function isUnknownSysctl({ stderr }: Outcome): boolean {
  return stderr.split('\n').every((line) => line === '' || line.includes('No such file or directory'));
}

/** `whack: Pluto is not running (no "/run/pluto/pluto.ctl")`, exit 1 or 33; a script may hide that. */
export function isPlutoDown({ stdout, stderr }: Outcome): boolean {
  return [stdout, stderr].some((text) => /^(?:whack: )?Pluto is not running/m.test(text));
}

/**
 * The line of the script that iptables-restore names, counted from 1:
 *   Error occurred at line: 7
 *   iptables-restore: line 7 failed
 *   iptables-nft-restore v1.8.9 (nf_tables): line 7: RULE_APPEND failed (Invalid argument): rule in chain X
 */
export function refusedLine({ stderr }: Outcome): number | undefined {
  const [, line] = /\bline:? ([0-9]+)/.exec(stderr) ?? [];
  return line === undefined ? undefined : Number(line);
}

/** ipset v7.17: Error in line 1: Set cannot be destroyed: it is in use by a kernel component */
export function isSetInUse({ stderr }: Outcome): boolean {
  return stderr.includes('it is in use by a kernel component');
}

/**
 * What `ip -force -batch` says of the commands that failed, by their line, counted from 1:
 *   RTNETLINK answers: Network is unreachable
 *   Command failed -:5
 */
export function refusedCommands({ stderr }: Outcome): Map<number, string> {
  const refusals = [...stderr.matchAll(/((?:(?!Command failed).*\n)*)Command failed -:([0-9]+)/g)];
  return new Map(refusals.map(([, said = '', line]) => [Number(line), said.trim()]));
}

/**
 * conntrack -D: nothing matches, or what it had found has ended before it came to delete it:
 *   exit 1  conntrack v1.4.7 (conntrack-tools): Operation failed: such conntrack doesn't exist
 *   exit 1  conntrack v1.4.7 (conntrack-tools): 0 flow entries have been deleted.
 */
export function hasVanished({ exitCode, stderr }: Outcome): boolean {
  return exitCode === 1 && /such conntrack doesn't exist|: 0 flow entries have been deleted/.test(stderr);
}
