import { CommandFailed } from '../../src/system/classify.ts';
import type { Command } from '../../src/system/execute.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { BIN } from '../../test/support/bin.ts';
import type { BenchHost } from './host.ts';
import { LONGEST_SECONDS, perlFile } from './host.ts';

/** What a command took, from its start to its end. */
export interface Taken {
  readonly ms: number;
  /** The most that it or a program that it ran has held at once. */
  readonly mb: number;
}

/**
 * Runs a command and measures it, with a file for its stdin; what it prints is thrown away.
 *
 * @throws CommandFailed
 */
export async function taken(
  host: Pick<Namespace, 'execute'>,
  argv: Command['argv'],
  stdin = '/dev/null',
): Promise<Taken> {
  const command: Command = {
    argv: ['perl', perlFile('measure.pl'), stdin, ...argv],
    timeLimitSeconds: LONGEST_SECONDS,
  };
  const outcome = await host.execute(command);
  const [status, nanoseconds = NaN, kilobytes = NaN] = outcome.stdout.split(' ').map(Number);
  if (outcome.exitCode !== 0 || status !== 0) throw new CommandFailed(command, outcome);
  return { ms: nanoseconds / 1e6, mb: kilobytes / 1024 };
}

/** A run of the built program, as a user starts it. */
export function sarefMark(host: BenchHost, command: string, ...args: string[]): Command['argv'] {
  return [process.execPath, BIN, command, ...args, '--backend', host.backend.name];
}

/** @returns what it said on stderr */
export async function apply(host: BenchHost, policy: string, ...options: string[]): Promise<string> {
  const command = {
    argv: sarefMark(host, 'apply', policy, ...options),
    timeLimitSeconds: LONGEST_SECONDS,
  };
  const outcome = await host.execute(command);
  if (outcome.exitCode !== 0) throw new CommandFailed(command, outcome);
  return outcome.stderr;
}
