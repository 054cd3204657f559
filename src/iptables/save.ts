import type { AnyRule } from './rule.ts';

/** Packets and bytes. Text: the kernel counts in 64 bits, and a JavaScript number does not hold them. */
export interface Counters {
  readonly packets: string;
  readonly bytes: string;
}

/**
 * One line of a dump. `ending` is the blanks and the newline behind it. A rule may cover two lines: its
 * comment can hold a newline.
 */
export type SaveLine = { readonly line: number; readonly ending: string } & (
  | { readonly kind: 'comment'; readonly text: string }
  /** A line of no known form. */
  | { readonly kind: 'unread'; readonly text: string }
  | { readonly kind: 'blank' | 'commit' }
  | { readonly kind: 'table'; readonly name: string }
  | ChainLine
  | RuleLine
);

export interface ChainLine {
  readonly kind: 'chain';
  readonly chain: string;
  readonly policy: string;
  readonly counters: Counters | undefined;
}

export interface RuleLine {
  readonly kind: 'rule';
  readonly chain: string;
  readonly counters: Counters | undefined;
  readonly rule: AnyRule;
}

/** What iptables-save wrote, all of it: printing it gives every byte back. */
export interface Save {
  readonly lines: readonly SaveLine[];
}
