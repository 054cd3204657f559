import type { Span } from '../diagnostics/source.ts';

/** A key of a map or an index of a list. */
export type PathStep = string | number;

/** A value of a document, its place, and those of its parts: a document is a tree of them. */
export interface Located {
  /** Plain data. */
  readonly value: unknown;
  readonly span: Span;
  /** Of a map, by their keys. */
  readonly fields?: ReadonlyMap<string, Field>;
  /** Of a list. */
  readonly items?: readonly Located[];
}

export interface Field {
  readonly key: Span;
  readonly part: Located;
}

/** A YAML document whose parts know their place. */
export interface YamlDocument {
  readonly root: Located;
  /** Plain data, for the check of the shape. */
  readonly data: unknown;
  /** The place of the value at the path, or of the deepest part of the path that exists. */
  spanOf(path: readonly PathStep[]): Span;
  /** The place of the key at the end of the path; that of the value where it is no key. */
  keySpanOf(path: readonly PathStep[]): Span;
}

/** The value of a key; undefined where there is no such key. */
export function partOf(map: Located | undefined, key: string): Located | undefined {
  return map?.fields?.get(key)?.part;
}

export function documentOf(root: Located): YamlDocument {
  return {
    root,
    data: root.value,
    spanOf: (path) => walk(root, path).part.span,
    keySpanOf: (path) => {
      const { part, key } = walk(root, path);
      return key ?? part.span;
    },
  };
}

interface Found {
  readonly part: Located;
  /** Where it is the value of a map. */
  readonly key: Span | undefined;
}

/** Down the path as far as it goes. */
function walk(root: Located, path: readonly PathStep[]): Found {
  let found: Found = { part: root, key: undefined };
  for (const step of path) {
    const { items, fields } = found.part;
    const item = items?.[Number(step)];
    const next = item === undefined ? fields?.get(String(step)) : { part: item, key: undefined };
    if (next === undefined) return found;
    found = next;
  }
  return found;
}
