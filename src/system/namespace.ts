import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CommandFailed } from './classify.ts';
import type { Command, Execute, Outcome } from './execute.ts';
import { executeHere } from './execute.ts';

/**
 * A network namespace of our own. It lives as long as a `cat` that waits on our pipe: when this process
 * ends, in whatever way, the pipe closes, `cat` ends and the kernel takes the namespace away.
 */
export interface Namespace {
  /** Of the process that holds it: what `ip link ... netns` takes. */
  readonly pid: number;
  readonly execute: Execute;
  /** Throws CommandFailed for a command that does not succeed. */
  mustRun(command: Command): Promise<string>;
  /** To run a command inside: `[...prefix, ...argv]`. */
  readonly prefix: readonly [string, ...string[]];
  close(): Promise<void>;
}

/**
 * A namespace for networks and mounts, with a /run of its own: the lock of iptables is a file there.
 * Without root it is one of users too, in which the caller is root.
 *
 * @throws CommandFailed where the kernel does not allow it
 */
export async function openNamespace(): Promise<Namespace> {
  const isRoot = process.geteuid?.() === 0;
  const users = isRoot ? [] : ['--user', '--map-root-user'];
  const namespace = await hold(
    ['unshare', ...users, '--net', '--mount', 'cat'],
    ['--net', '--mount', ...(isRoot ? [] : ['--user', '--preserve-credentials'])],
  );
  try {
    await namespace.mustRun({ argv: ['mount', '-t', 'tmpfs', 'tmpfs', '/run'] });
    return namespace;
  } catch (error) {
    await namespace.close();
    throw error;
  }
}

/** A second host: another network namespace, all else shared with `host`. */
export async function openNeighbour(host: Namespace): Promise<Namespace> {
  const [, , , ...entered] = host.prefix;
  return hold([...host.prefix, 'unshare', '--net', 'cat'], entered);
}

async function hold(argv: Command['argv'], entered: readonly string[]): Promise<Namespace> {
  const holder = await spawnUntilReady(argv);
  const { pid } = holder;
  const prefix = ['nsenter', '--target', String(pid), ...entered] as const;
  const execute: Execute = ({ argv: inner, ...rest }) =>
    executeHere({ argv: [...prefix, ...inner], ...rest });
  return {
    pid,
    prefix,
    execute,
    mustRun: (command) => mustRun(execute, command),
    close: () => holder.close(),
  };
}

/** A process that runs until its stdin is closed, by us or because we are gone. */
interface Held {
  readonly pid: number;
  close(): Promise<void>;
}

/**
 * Starts a program that says something as soon as it is ready.
 *
 * @throws CommandFailed where it ends before that
 */
export async function spawnUntilReady(argv: Command['argv']): Promise<Held> {
  const [file, ...args] = argv;
  const holder = spawn(file, args);
  const ended = once(holder, 'close');
  await untilReady(holder, argv);
  return {
    pid: holder.pid ?? 0,
    async close() {
      holder.stdin.end();
      await ended;
    },
  };
}

/** What we write comes back from `cat` once it runs inside. */
async function untilReady(holder: ChildProcessWithoutNullStreams, argv: Command['argv']): Promise<void> {
  const complaints: string[] = [];
  holder.stderr.setEncoding('latin1').on('data', (chunk: string) => complaints.push(chunk));
  // a holder that could not start has nobody to read from the pipe
  holder.stdin.on('error', () => undefined).write('\n');
  await new Promise<void>((resolve, reject) => {
    const fail = (outcome: Partial<Outcome>): void => {
      const stderr = complaints.join('');
      reject(new CommandFailed({ argv }, { exitCode: undefined, stdout: '', stderr, ...outcome }));
    };
    holder.stdout.once('data', () => {
      resolve();
    });
    holder.once('error', () => {
      fail({ failure: 'missing' });
    });
    holder.once('close', (exitCode) => {
      fail(exitCode === null ? { failure: 'killed' } : { exitCode });
    });
  });
}

/** @throws CommandFailed for a command that does not succeed */
export async function mustRun(execute: Execute, command: Command): Promise<string> {
  const outcome = await execute(command);
  if (outcome.exitCode !== 0) throw new CommandFailed(command, outcome);
  return outcome.stdout;
}
