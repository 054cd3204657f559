import { Script } from 'node:vm';

/** What is wrong with one input. */
export interface Failure {
  readonly input: Uint8Array;
  readonly why: string;
}

export type Read = (input: Uint8Array) => void;

/** Of the processor's time. */
const SLOWEST_SECONDS = 1;

/** By the clock, for all of them: then one hangs. */
const HANG_SECONDS = 20;

export interface Attempts {
  /** Of them the first one that throws, takes too long, or does not end. */
  readonly failure: Failure | undefined;
  readonly slowestSeconds: number;
}

/** Where the clock has an input look slow, for others use the processor as well, that is asked: it takes long to answer. */
function secondsOf(read: Read, input: Uint8Array): number {
  const start = performance.now();
  read(input);
  const seconds = (performance.now() - start) / 1000;
  if (seconds <= SLOWEST_SECONDS) return seconds;
  const before = process.cpuUsage();
  read(input);
  return process.cpuUsage(before).user / 1e6;
}

const WORK = Symbol.for('what the script below runs');
const SCRIPT = new Script(`globalThis[Symbol.for('${String(WORK.description)}')]()`);

/** Reads one input after the other, with an end to what has none. */
export function attempt(read: Read, inputs: readonly Uint8Array[], hangSeconds = HANG_SECONDS): Attempts {
  let [at, slowestSeconds] = [0, 0];
  const found = (why: string): Attempts => ({
    failure: { input: inputs[at] as Uint8Array, why },
    slowestSeconds,
  });
  const readAll = (): void => {
    for (; at < inputs.length && slowestSeconds <= SLOWEST_SECONDS; at += 1) {
      slowestSeconds = Math.max(slowestSeconds, secondsOf(read, inputs[at] as Uint8Array));
    }
  };
  try {
    // the one way to stop code that does not return
    Object.assign(globalThis, { [WORK]: readAll });
    SCRIPT.runInThisContext({ timeout: hangSeconds * 1000 });
  } catch (error) {
    if (inputs.length > 1 && (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      // on a busy machine all of them together may be what took so long
      const alone = attempt(read, inputs.slice(at, at + 1), hangSeconds);
      return alone.failure === undefined ? attempt(read, inputs.slice(at + 1), hangSeconds) : alone;
    }
    return found(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  if (slowestSeconds <= SLOWEST_SECONDS) return { failure: undefined, slowestSeconds };
  at -= 1;
  return found(`took ${slowestSeconds.toFixed(2)} s`);
}
