import type { Document, Pair, YAMLError } from 'yaml';
import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
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
  const yaml = parseDocument(source.text, { prettyErrors: false, logLevel: 'error', uniqueKeys: isSameKey });
  const problems = [...yaml.errors, ...yaml.warnings].map((error) => yamlProblem(source, error));
  problems.push(...danglingAliases(source, yaml));
  if (problems.length > 0) return { document: undefined, diagnostics: problems };
  try {
    const data: unknown = yaml.toJS({ maxAliasCount: MOST_ALIASES });
    return { document: locate(source, yaml, data), diagnostics: [] };
  } catch (error) {
    // too many aliases
    const whole = { source, start: 0, end: source.text.length };
    return { document: undefined, diagnostics: [notYaml(whole, (error as Error).message)] };
  }
}

/** `5` and `"5"` are one name of a conn. */
function isSameKey(one: unknown, other: unknown): boolean {
  return one === other || (isScalar(one) && isScalar(other) && String(one.value) === String(other.value));
}

/** In the parser's words, but where those are meant for programmers or its place is one character of a word. */
function yamlProblem(source: Source, { code, message, pos: [start, end] }: YAMLError): Diagnostic {
  if (code === 'MULTIPLE_DOCS') return notYaml({ source, start, end }, 'starts a second document');
  if (code !== 'DUPLICATE_KEY') return notYaml({ source, start, end }, message);
  const key = source.text.slice(start).replace(/[:\n][^]*$/, '');
  return notYaml({ source, start, end: start + key.length }, 'is a key that this map has already');
}

function danglingAliases(source: Source, yaml: Document): Diagnostic[] {
  const problems: Diagnostic[] = [];
  visit(yaml, {
    Alias: (_key, alias) => {
      if (alias.resolve(yaml) !== undefined) return;
      problems.push(notYaml(spanOfNode(source, alias), `has no anchor &${alias.source} before it`));
    },
  });
  return problems;
}

function notYaml(span: Span, message: string): Diagnostic {
  return { code: 'SM1001', labels: [{ span, text: message }] };
}

function locate(source: Source, yaml: Document, data: unknown): YamlDocument {
  return {
    data,
    spanOf: (path) => spanOfNode(source, walk(yaml, path).node),
    keySpanOf: (path) => {
      const { node, key } = walk(yaml, path);
      return spanOfNode(source, key ?? node);
    },
  };
}

/** The whole text where there is no node. */
function spanOfNode(source: Source, node: unknown): Span {
  const [start, end] = (isNode(node) ? node.range : undefined) ?? [0, source.text.length];
  return { source, start, end };
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
  if (!isScalar(key)) return String(key);
  const text = String(key.value);
  return key.value === null ? '' : text;
}
