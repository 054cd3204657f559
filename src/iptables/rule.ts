import type { BUILTINS, MATCHES, Option, TARGETS } from './vocabulary.ts';

/** The value of an option, and whether `!` stands in front of it. */
export interface Arg<T> {
  readonly negated: boolean;
  readonly value: T;
}

type OptionsOf<Row> = {
  readonly [Key in keyof Row]?: Row[Key] extends Option<infer T> ? Arg<T> : never;
};

type RowsOf<Rows> = {
  readonly [Name in keyof Rows]: { readonly kind: Name; readonly options: OptionsOf<Rows[Name]> };
}[keyof Rows];

/** An extension that the vocabulary lacks, or words of one that it cannot read: kept as they stand. */
export interface Opaque {
  readonly kind: 'opaque';
  readonly name: string;
  readonly words: readonly string[];
}

export type Match = RowsOf<typeof MATCHES> | Opaque;

/** To a chain; also to a target without options that the vocabulary lacks: only the table can tell. */
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
}

/** A rule whose own options cannot be read, say a mask with holes. */
export interface OpaqueRule {
  readonly kind: 'opaque';
  readonly words: readonly string[];
}

export type AnyRule = Rule | OpaqueRule;
