import type { Step } from '../delta/step.ts';
import type { HostState } from '../host/state.ts';

/** What is about to be written. */
export interface Coming {
  readonly ours: HostState;
  readonly live: HostState;
  readonly steps: readonly Step[];
}

/** Who is told before anything is written, and can keep it from being written by throwing. */
export interface Ledger {
  note(coming: Coming): Promise<void>;
}

export const NO_LEDGER: Ledger = { note: () => Promise.resolve() };

/** For taking back, which is to be done whoever can be told. */
export function forgiving(ledger: Ledger): Ledger {
  return { note: (coming) => ledger.note(coming).catch(() => undefined) };
}
