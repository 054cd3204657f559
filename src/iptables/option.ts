import { oncePer } from '../domain/once.ts';
import type { Codec } from './codecs/codec.ts';

/** One option of an extension, and one row of options. */
export interface Option<T> {
  /** As iptables-save prints it. */
  readonly flag: string;
  readonly codec: Codec<T>;
  /** Other flags that somebody may type for it, each with its way to read the value. */
  readonly forms: Readonly<Record<string, Codec<T>>>;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

export function option<T>(flag: string, codec: Codec<T>, forms: Option<T>['forms'] = {}): Option<T> {
  return { flag, codec, forms };
}

/** A row made ready to be asked for flags: every rule asks for each of its own. */
export interface RowIndex {
  /** As iptables-save prints them. */
  readonly inOrder: readonly (IndexedOption & Pick<Option<unknown>, 'flag'>)[];
  /** By every flag that can be typed. */
  readonly byFlag: ReadonlyMap<string, IndexedOption>;
}

/** The key of an option, and how its value is read. */
export interface IndexedOption {
  readonly key: string;
  readonly codec: Codec<unknown>;
}

export const indexOf = oncePer((row: Options): RowIndex => {
  const entries = Object.entries(row);
  const byFlag = entries.flatMap(([key, { flag, codec, forms }]) =>
    Object.entries({ ...forms, [flag]: codec }).map(([name, form]) => [name, { key, codec: form }] as const),
  );
  const inOrder = entries.map(([key, { flag, codec }]) => ({ key, flag, codec }));
  return { inOrder, byFlag: new Map(byFlag) };
});

/** Another name for the same option. */
export function alias<T>(codec: Codec<T>, ...flags: string[]): Readonly<Record<string, Codec<T>>> {
  return Object.fromEntries(flags.map((flag) => [flag, codec]));
}

/** The value of an option, and whether `!` stands in front of it. */
export interface Arg<T> {
  readonly negated: boolean;
  readonly value: T;
}

export type OptionsOf<Row> = {
  readonly [Key in keyof Row]?: Row[Key] extends Option<infer T> ? Arg<T> : never;
};

/** Options as they were read, before their names are known to the compiler. */
export type ReadOptions = Readonly<Record<string, Arg<unknown>>>;
