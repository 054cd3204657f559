import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BIN } from '../test/support/bin.ts';
import type { Moment } from '../test/support/killing-path.ts';
import { killingPath } from '../test/support/killing-path.ts';
import type { Ground } from './ground.ts';

/**
 * When the program is killed: at a command that writes, at a change of a file, after some time; or not at all. Or
 * what goes wrong at that command, or with the disk from that change on.
 */
export type Kill =
  | { readonly kind: 'never' }
  | { readonly kind: 'command'; readonly n: number; readonly moment: Moment }
  | { readonly kind: 'file'; readonly n: number }
  | { readonly kind: 'ENOSPC' | 'EROFS'; readonly n: number }
  | { readonly kind: 'time'; readonly ms: number };

export interface Died {
  readonly isKilled: boolean;
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly tookMs: number;
  /** How many commands that write, and changes of files, there were. */
  readonly commands: number;
  readonly changes: number;
}

/** Where tools of a ground's own may be, which are found first. */
export const TOOLS = 'tools';

const AT_FILE_CHANGE = fileURLToPath(new URL('at-file-change.js', import.meta.url));

/** Runs the built program as it is, and kills it. */
export async function runVictim(
  ground: Ground,
  [command, ...args]: readonly [string, ...string[]],
  kill: Kill,
): Promise<Died> {
  const [n, moment] = kill.kind === 'command' ? [kill.n, kill.moment] : [0, 'before' as const];
  const { namespace, backend } = ground;
  const path = await killingPath(ground.pathOf('.'), n, moment);
  const changes = ground.pathOf('changes');
  writeFileSync(changes, '');
  const env = {
    ...process.env,
    PATH: [ground.pathOf(TOOLS), path, process.env['PATH'] ?? ''].join(':'),
    AT_FILE_CHANGE: `${atFile(kill)} ${changes}`,
  };
  const program = [process.execPath, '--import', AT_FILE_CHANGE, BIN, command, '--backend', backend, ...args];
  const [file, ...prefix] = namespace.prefix;
  const begin = performance.now();
  // what it leaves behind would keep a pipe open, and its end is not when all of a pipe has been read
  const said = ground.pathOf('stderr');
  const stderr = openSync(said, 'w');
  const child = spawn(file, [...prefix, ...program], { env, stdio: ['ignore', 'ignore', stderr] });
  closeSync(stderr);
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  if (kill.kind === 'time') void setTimeout(kill.ms).then(() => child.kill('SIGKILL'));
  const [exitCode, signal] = await ended;
  return {
    isKilled: signal === 'SIGKILL',
    ...{ exitCode, stderr: read(said), tookMs: performance.now() - begin },
    commands: statSync(`${path}/count`).size,
    changes: statSync(changes).size,
  };
}

function atFile(kill: Kill): string {
  if (kill.kind === 'ENOSPC' || kill.kind === 'EROFS') return `${kill.kind} ${String(kill.n)}`;
  return `kill ${String(kill.kind === 'file' ? kill.n : 0)}`;
}

/** Processes that run on this ground, but for the one that keeps it, or that a victim there has started. */
export function survivorsOf(ground: Ground): { readonly pid: number; readonly command: string }[] {
  const { pid: keeper } = ground.namespace;
  const place = placeOf(keeper);
  const isOfIt = (pid: number): boolean =>
    (place !== undefined && placeOf(pid) === place) ||
    read(`/proc/${String(pid)}/environ`).includes(`PATH=${ground.pathOf(TOOLS)}:`);
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== keeper && isOfIt(pid))
    .map((pid) => ({
      pid,
      command: read(`/proc/${String(pid)}/cmdline`)
        .split('\0')
        .join(' ')
        .trim(),
    }))
    .filter(({ command }) => command !== '');
}

function placeOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${String(pid)}/ns/net`);
  } catch {
    return undefined;
  }
}

/** Empty where the process is gone. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Waits until no process of a victim is left but those that wait for a confirmation. */
export async function untilAlone(ground: Ground, seconds: number): Promise<string[]> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const left = survivorsOf(ground).filter(({ command }) => !command.includes('watchdog.js'));
    if (left.length === 0 || performance.now() > end) return left.map(({ command }) => command);
    await setTimeout(20);
  }
}
