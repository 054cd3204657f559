import type { Document, Pair } from 'yaml';
import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument } from 'yaml';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../diagnostics/source.ts';

/** A key of a map or an index of a list. */
export type PathStep = string | number;

/** A YAML document whose parts know their place. */
export interface YamlDocument {
  /** Plain data, for the check of the shape. */
  readonly data: unknown;
  /** The place of the value at the path, or of the deepest part of the path that exists. */
  spanOf(path: readonly PathStep[]): Span;
  /** The place of the key at the end of the path; that of the value where it is no key. */
  keySpanOf(path: readonly PathStep[]): Span;
}

export interface YamlReading {
  readonly document: YamlDocument | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Enough for any policy that a person writes, and far from what fills the memory. */
const MOST_ALIASES = 100;

export function readYaml(source: Source): YamlReading {
  const yaml = parseDocument(source.text, { prettyErrors: false });
  const problems = [...yaml.errors, ...yaml.warnings].map(({ pos: [start, end], message }) =>
    notYaml({ source, start, end }, message),
  );
  if (problems.length > 0) return { document: undefined, diagnostics: problems };
  try {
    const data: unknown = yaml.toJS({ maxAliasCount: MOST_ALIASES });
    return { document: locate(source, yaml, data), diagnostics: [] };
  } catch (error) {
    // an alias without its anchor, or too many of them
    const whole = { source, start: 0, end: source.text.length };
    return { document: undefined, diagnostics: [notYaml(whole, (error as Error).message)] };
  }
}

function notYaml(span: Span, message: string): Diagnostic {
  return { code: 'SM1001', labels: [{ span, text: message }] };
}

function locate(source: Source, yaml: Document, data: unknown): YamlDocument {
  const spanOfNode = (node: unknown): Span => {
    const [start, end] = (isNode(node) ? node.range : undefined) ?? [0, source.text.length];
    return { source, start, end };
  };
  return {
    data,
    spanOf: (path) => spanOfNode(walk(yaml, path).node),
    keySpanOf: (path) => {
      const { node, key } = walk(yaml, path);
      return spanOfNode(key ?? node);
    },
  };
}

/** Down the path as far as it goes: the node found there and, if it is the value of a map, its key. */
function walk(yaml: Document, path: readonly PathStep[]): { node: unknown; key: unknown } {
  let found: { node: unknown; key: unknown } = { node: yaml.contents, key: undefined };
  for (const step of path) {
    const parent = isAlias(found.node) ? found.node.resolve(yaml) : found.node;
    if (isSeq(parent)) {
      found = { node: parent.items[Number(step)], key: undefined };
    } else {
      const pair = isMap(parent) ? parent.items.find((item) => keyText(item) === String(step)) : undefined;
      if (pair === undefined) return found;
      found = { node: pair.value, key: pair.key };
    }
  }
  return found;
}

/** As `toJS` turns keys into property names. */
function keyText({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : String(key);
}
