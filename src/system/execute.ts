import { execa } from 'execa';
import { decoded } from '../domain/decoded.ts';
import { heldDescriptors } from './lock.ts';

/** A command as an argument vector, never a shell's line. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Latin1, one character per byte; the same for what comes back. */
  readonly stdin?: string;
  /** After this it is killed. */
  readonly timeLimitSeconds?: number;
  /** A script that waits for programs of its own: they are killed with it. */
  readonly startsOthers?: boolean;
}

export interface Outcome {
  /** Absent where the command could not be started, was killed, or ran out of time. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why there is no exit code. */
  readonly failure?: 'missing' | 'not started' | 'killed' | 'timed out';
}

/** Runs a command on one host: this one, a namespace, or a fake. Never throws for what the command does. */
export type Execute = (command: Command) => Promise<Outcome>;

/** Much longer than any command takes that does not wait for somebody else. */
const TIME_LIMIT_SECONDS = 60;

/** iptables and ip live where the PATH of a user may not look. */
const SYSTEM_PATHS = ['/usr/sbin', '/sbin'];

export const executeHere: Execute = async (command) => {
  const {
    argv: [file, ...args],
    stdin,
    timeLimitSeconds = TIME_LIMIT_SECONDS,
    startsOthers = false,
  } = command;
  const limit = timeLimitSeconds * 1000;
  const running = execa(file, args, {
    ...(stdin === undefined ? {} : { input: Buffer.from(stdin, 'latin1') }),
    // execa takes numbers here, its types do not
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(heldDescriptors() as never[])],
    encoding: 'latin1',
    env: { LC_ALL: 'C', PATH: [process.env['PATH'] ?? '', ...SYSTEM_PATHS].join(':') },
    reject: false,
    stripFinalNewline: false,
    timeout: limit,
    killSignal: 'SIGKILL',
    detached: startsOthers,
  });
  // execa kills the one process that it started, and then waits for all that hold its output open
  const overdue = startsOthers ? setTimeout(killGroup, limit, running.pid) : undefined;
  const result = await running;
  clearTimeout(overdue);
  const { exitCode, stdout, stderr, timedOut, signal, code } = result;
  if (exitCode !== undefined) return { exitCode, stdout, stderr };
  const failed = { exitCode: undefined, stdout, stderr };
  if (timedOut) return { ...failed, failure: 'timed out' };
  if (signal !== undefined) return { ...failed, failure: 'killed' };
  // it was never started: what the system says of that takes the place of what it would have said
  return {
    ...failed,
    stderr: result.originalMessage ?? '',
    failure: code === 'ENOENT' ? 'missing' : 'not started',
  };
};

/** `detached` made the process the leader of a group, which its children are born into. */
function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // all of them are gone
  }
}

/** Tells each command before it runs. */
export function narrated(execute: Execute, tell: (text: string) => void): Execute {
  return (command) => {
    tell(commandText(command));
    return execute(command);
  };
}

/** A command as one could type it, its input as a here-document. */
export function commandText({ argv, stdin }: Command): string {
  const words = argv.map(quoteForShell).join(' ');
  return stdin === undefined
    ? `${words}\n`
    : `${words} <<'END'\n${decoded(stdin).replace(/\n?$/, '\n')}END\n`;
}

function quoteForShell(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
