import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Failure, Read } from './attempt.ts';
import { attempt } from './attempt.ts';
import type { Coverage } from './coverage.ts';
import { openCoverage } from './coverage.ts';
import { mutate } from './mutate.ts';
import { randomOf } from './random.ts';
import { shrink } from './shrink.ts';

/** A reader of bytes that somebody else wrote. */
export interface Target {
  /** Throws where one of its promises does not hold. */
  readonly read: Read;
  readonly seeds: readonly Uint8Array[];
  readonly words: readonly Uint8Array[];
}

export interface Fuzzed {
  readonly inputs: number;
  readonly failure: Failure | undefined;
  /** Inputs that got to code that no earlier one got to. */
  readonly kept: number;
  /** Characters of code that have run. */
  readonly covered: number;
  readonly slowestSeconds: number;
  /** How much more memory is in use at the end than after the first tenth. */
  readonly heapGrowth: number;
}

/** A leak of some tens of bytes an input shows up in a million; what a run itself keeps is less. */
const MOST_GROWTH = 24 * 2 ** 20;

const BATCH = 200;

/** @param inputs how many, besides the seeds */
export function fuzz(
  { read, seeds, words }: Target,
  { inputs, seed }: { readonly inputs: number; readonly seed: number },
): Fuzzed {
  const random = randomOf(seed);
  const { stackTraceLimit } = Error;
  // to write down who called whom takes longer than all else, and YAML is read by throwing away errors
  Error.stackTraceLimit = 0;
  const coverage = openCoverage((url) => url.includes('/dist/src/') || url.includes('/node_modules/yaml/'));
  const corpus = [...seeds];
  const heap: number[] = [];
  let { failure, slowestSeconds } = attempt(read, seeds);
  coverage.news(true);
  let done = 0;
  for (; done < inputs && failure === undefined; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, inputs - done) }, () =>
      mutate({ random, words, corpus }),
    );
    const tried = attempt(read, batch);
    failure = tried.failure;
    slowestSeconds = Math.max(slowestSeconds, tried.slowestSeconds);
    if (failure === undefined && coverage.news(false) > 0) corpus.push(...pioneers(read, batch, coverage));
    if (done >= (heap.length * inputs) / 10) heap.push(heapInUse());
  }
  heap.push(heapInUse());
  const heapGrowth = (heap.at(-1) ?? 0) - (heap[1] ?? 0);
  const covered = coverage.total();
  coverage.close();
  Error.stackTraceLimit = stackTraceLimit;
  if (failure === undefined && heapGrowth > MOST_GROWTH)
    failure = { input: Uint8Array.of(), why: `memory grows: ${heap.map(megabytes).join(', ')} MB` };
  return {
    inputs: Math.min(done, inputs),
    failure: failure && shrink(read, failure),
    kept: corpus.length - seeds.length,
    covered,
    slowestSeconds,
    heapGrowth,
  };
}

/** Those of them that got to new code: the batch is halved for as long as a half has one. */
function pioneers(read: Read, batch: readonly Uint8Array[], coverage: Coverage): Uint8Array[] {
  attempt(read, batch);
  if (coverage.news(batch.length === 1) === 0) return [];
  if (batch.length === 1) return [...batch];
  const half = Math.ceil(batch.length / 2);
  return [batch.slice(0, half), batch.slice(half)].flatMap((part) => pioneers(read, part, coverage));
}

function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

export function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
