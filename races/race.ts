import type { BackendName } from '../src/system/backend.ts';

/** A writer that others meet, round after round. */
export interface Race {
  readonly name: string;
  /** In words, for the table. */
  readonly what: string;
  /** On each back end. */
  readonly rounds: number;
  readonly run: (backend: BackendName, rounds: number) => Promise<Raced>;
}

/** What it came to. */
export interface Raced {
  readonly rounds: number;
  /** Runs of ours that ended with 0, and with "try later". */
  readonly done: number;
  readonly later: number;
  /** What the others wrote meanwhile; what they were refused, they know of themselves. */
  readonly theirs: number;
  readonly refused: number;
  /** What was lost of either, a sentence each: nothing may be. */
  readonly lost: readonly string[];
}

/** Counts while a race goes on. */
export type Score = Record<Exclude<keyof Raced, 'lost'>, number> & { readonly lost: string[] };

export function openScore(): Score {
  return { rounds: 0, done: 0, later: 0, theirs: 0, refused: 0, lost: [] };
}
