import type { AnyRule } from './rule.ts';

/** Packets and bytes. Text: the kernel counts in 64 bits, and a JavaScript number does not hold them. */
export interface Counters {
  readonly packets: string;
  readonly bytes: string;
}

/** One line of a dump. `raw` is all of it, with its line ending: printed back as it was. */
export type SaveLine = { readonly raw: string; readonly line: number } & (
  | { readonly kind: 'comment' | 'blank' | 'commit' | 'unread' }
  | { readonly kind: 'table'; readonly name: string }
  | { readonly kind: 'chain'; readonly chain: string; readonly policy: string }
  | RuleLine
);

export interface RuleLine {
  readonly kind: 'rule';
  readonly chain: string;
  readonly counters: Counters | undefined;
  /** Without `-A CHAIN` and counters, as it stands. */
  readonly text: string;
  readonly rule: AnyRule;
}

/** What iptables-save wrote, all of it. */
export interface Save {
  readonly lines: readonly SaveLine[];
}
