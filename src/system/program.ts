import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** How a program ended, as a shell would say it. */
export interface Ended {
  readonly exitCode: number;
}

/** Sent to us alone, they are for the program. Those of the terminal reach it as they reach us. */
const PASSED_ON = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT'] as const;

/**
 * Runs a program with our own input and output. It is started at once: when this returns, it has been
 * born, or could not be.
 *
 * @returns 127 where there is no such program, 126 where it cannot be run, 128 and the signal's number
 *   where one has ended it, else its own exit status
 */
export function startProgram([file, ...args]: readonly [string, ...string[]]): Promise<Ended> {
  const child = spawn(file, args, { stdio: 'inherit' });
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  const ignore = (): void => undefined;
  for (const signal of PASSED_ON) process.on(signal, pass);
  for (const signal of FROM_TERMINAL) process.on(signal, ignore);
  return new Promise<Ended>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ exitCode: error.code === 'ENOENT' ? 127 : 126 });
    });
    child.once('exit', (code, signal) => {
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) });
    });
  }).finally(() => {
    for (const signal of PASSED_ON) process.off(signal, pass);
    for (const signal of FROM_TERMINAL) process.off(signal, ignore);
  });
}
