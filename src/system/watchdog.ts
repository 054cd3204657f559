import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** A process, told from a later one that got its number. */
export interface ProcessId {
  readonly pid: number;
  /** Ticks since boot: field 22 of /proc/PID/stat. */
  readonly started: number;
}

export function processId(pid = process.pid): ProcessId | undefined {
  try {
    // the second field, in brackets, may have anything in it
    const [, fields = ''] = /\) (.*)$/s.exec(readFileSync(`/proc/${String(pid)}/stat`, 'latin1')) ?? [];
    const [state, ...rest] = fields.split(' ');
    return state === 'Z' ? undefined : { pid, started: Number(rest[18]) };
  } catch {
    return undefined;
  }
}

export function isRunning({ pid, started }: ProcessId): boolean {
  return processId(pid)?.started === started;
}

const PAUSE_MS = 20;
const LONGEST_START_MS = 10_000;

/**
 * Starts a program that outlives us, our terminal and our session.
 *
 * @param isReady whether it has said so
 * @returns false where it is not ready in time; then it may run all the same
 */
export async function startWatchdog(
  argv: readonly [string, ...string[]],
  isReady: () => boolean,
): Promise<boolean> {
  const [file, ...args] = hasSystemd() ? underSystemd(argv, process.env['PATH'] ?? '') : argv;
  const child = spawn(file, args, { detached: true, stdio: 'ignore', cwd: '/' });
  // a program that is not there has no number, and says so later once more
  child.once('error', () => undefined).unref();
  const end = performance.now() + LONGEST_START_MS;
  while (child.pid !== undefined && performance.now() < end) {
    if (isReady()) return true;
    await setTimeout(PAUSE_MS);
  }
  return false;
}

/** A service of systemd lives in the network namespace of systemd itself. */
function hasSystemd(): boolean {
  return existsSync('/run/systemd/system') && isNamespaceOfInit();
}

function isNamespaceOfInit(): boolean {
  try {
    return statSync('/proc/1/ns/net').ino === statSync('/proc/self/ns/net').ino;
  } catch {
    return false;
  }
}

/**
 * As a service, not a process of the session: logind ends those with it. The service sleeps, not a timer,
 * so that arming again means the same with and without systemd.
 */
export function underSystemd(
  argv: readonly [string, ...string[]],
  path: string,
): readonly [string, ...string[]] {
  return [
    'systemd-run',
    '--quiet',
    '--collect',
    '--service-type=exec',
    `--setenv=PATH=${path}`,
    '--',
    ...argv,
  ];
}
