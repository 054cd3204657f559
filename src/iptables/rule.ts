import type { OptionsOf } from './option.ts';
import type { BUILTINS, MATCHES, TARGETS } from './vocabulary.ts';
import type { Word } from './words.ts';

type RowsOf<Rows> = {
  readonly [Name in keyof Rows]: { readonly kind: Name; readonly options: OptionsOf<Rows[Name]> };
}[keyof Rows];

/** One option as it stands: its full flag, whether it is negated, and the words that belong to it. */
export interface Token {
  readonly flag: string;
  readonly negated: boolean;
  readonly values: readonly Word[];
  /** All of it as it stands in the line, `!` included. */
  readonly raw: readonly string[];
}

/** An extension that the vocabulary lacks, or options of one that it cannot read: kept as they stand. */
export interface Opaque {
  readonly kind: 'opaque';
  readonly name: string;
  readonly tokens: readonly Token[];
}

export type Match = RowsOf<typeof MATCHES> | Opaque;

/** To a chain, or to a target without options that nobody knows: only the table can tell. */
export interface Jump {
  readonly kind: 'jump' | 'goto';
  readonly chain: string;
}

export type Target = RowsOf<typeof TARGETS> | Jump | Opaque;

/** A rule without its `-A CHAIN`. The order of matches is kept: the kernel stores it. */
export interface Rule {
  readonly kind: 'rule';
  readonly builtins: OptionsOf<typeof BUILTINS>;
  readonly matches: readonly Match[];
  readonly target: Target | undefined;
  /** How it was spelled, where that is not how iptables-save of today spells it. */
  readonly spelling?: string;
}

/** A rule whose words cannot be placed, or whose own options cannot be read. */
export interface OpaqueRule {
  readonly kind: 'opaque';
  readonly text: string;
}

export type AnyRule = Rule | OpaqueRule;
