import type { Document, Pair, Scalar, YAMLError, YAMLMap } from 'yaml';
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

/** A file that is no policy at all can have a mistake in every character. */
const MOST_PROBLEMS = 20;

/**
 * YAML 1.2. Keys are names, as they are typed: a conn may be called 0x10 or null. No tags: a value is
 * what it looks like.
 */
const OPTIONS = {
  prettyErrors: false,
  // the parser compares each key with all others: see repeatedKeys
  uniqueKeys: false,
  logLevel: 'error',
  stringKeys: true,
  resolveKnownTags: false,
} as const;

export function readYaml(source: Source): YamlReading {
  const yaml = parseDocument(source.text, OPTIONS);
  const problems = [...yaml.errors, ...yaml.warnings]
    .slice(0, MOST_PROBLEMS)
    .map((error) => yamlProblem(source, error));
  problems.push(...otherVersion(source, yaml), ...repeatedKeys(source, yaml), ...doubtfulNodes(source, yaml));
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

/** In words for people, and about the whole of what is wrong, where the parser's are not. */
function yamlProblem(source: Source, { code, message, pos: [start, end] }: YAMLError): Diagnostic {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return notYaml({ source, start, end }, 'starts a second document');
    case 'NON_STRING_KEY':
      return notYaml({ source, start, end }, 'is no name, and so no key');
    case 'TAG_RESOLVE_FAILED':
      return notYaml({ source, start, end }, 'is a tag, and a policy has none');
    default:
      return notYaml(
        { source, start, end },
        message.startsWith('Maximum call stack') ? 'is nested too deeply' : message,
      );
  }
}

/** To YAML 1.1 words like yes are booleans, and 022 is 18. */
function otherVersion(source: Source, { directives }: Document): Diagnostic[] {
  if (directives?.yaml.version !== '1.1') return [];
  const start = source.text.search(/^%YAML/m);
  const end = source.text.indexOf('\n', start);
  return [notYaml({ source, start, end }, 'asks for another YAML than that of a policy, which is 1.2')];
}

function repeatedKeys(source: Source, yaml: Document): Diagnostic[] {
  const problems: Diagnostic[] = [];
  visit(yaml, {
    Map: (_key, map) => {
      const known = new Set<string>();
      // a key that is no text has a problem of its own
      for (const pair of map.items.filter(({ key }) => isScalar(key))) {
        const text = keyText(pair);
        if (known.has(text))
          problems.push(notYaml(spanOfNode(source, pair.key), 'is a key that this map has already'));
        known.add(text);
      }
    },
  });
  return problems;
}

function doubtfulNodes(source: Source, yaml: Document): Diagnostic[] {
  const problems: Diagnostic[] = [];
  visit(yaml, {
    Alias: (_key, alias) => {
      if (alias.resolve(yaml) !== undefined) return;
      problems.push(notYaml(spanOfNode(source, alias), `has no anchor &${alias.source} before it`));
    },
    Scalar: (key, scalar) => {
      const isNumber = key !== 'key' && typeof scalar.value === 'number';
      if (!isNumber || !/^[-+]?0[0-9]/.test(String(scalar.source))) return;
      const text = 'is an octal number to some and a decimal one to others: take the zero away';
      problems.push(notYaml(spanOfNode(source, scalar), text));
    },
  });
  return problems;
}

function notYaml(span: Span, message: string): Diagnostic {
  return { code: 'SM1001', labels: [{ span, text: message }] };
}

function locate(source: Source, yaml: Document, data: unknown): YamlDocument {
  const pairs: PairsByKey = new WeakMap();
  return {
    data,
    spanOf: (path) => spanOfNode(source, walk(yaml, path, pairs).node),
    keySpanOf: (path) => {
      const { node, key } = walk(yaml, path, pairs);
      return spanOfNode(source, key ?? node);
    },
  };
}

/** The whole text where there is no node. */
function spanOfNode(source: Source, node: unknown): Span {
  const [start, end] = (isNode(node) ? node.range : undefined) ?? [0, source.text.length];
  return { source, start, end };
}

/** Of the maps that were asked for one: a policy is asked for each of them. */
type PairsByKey = WeakMap<YAMLMap, ReadonlyMap<string, Pair>>;

/** Down the path as far as it goes: the node found there and, if it is the value of a map, its key. */
function walk(yaml: Document, path: readonly PathStep[], pairs: PairsByKey): { node: unknown; key: unknown } {
  let found: { node: unknown; key: unknown } = { node: yaml.contents, key: undefined };
  for (const step of path) {
    const parent = isAlias(found.node) ? found.node.resolve(yaml) : found.node;
    if (isSeq(parent)) {
      found = { node: parent.items[Number(step)], key: undefined };
    } else {
      const pair = isMap(parent) ? pairsOf(parent, pairs).get(String(step)) : undefined;
      if (pair === undefined) return found;
      found = { node: pair.value, key: pair.key };
    }
  }
  return found;
}

function pairsOf(map: YAMLMap, known: PairsByKey): ReadonlyMap<string, Pair> {
  const pairs = known.get(map) ?? new Map(map.items.map((pair) => [keyText(pair), pair]));
  known.set(map, pairs);
  return pairs;
}

/** Keys are strings, whatever they look like. */
function keyText({ key }: Pair): string {
  return String((key as Scalar).value);
}
