import type { Document, Pair, Scalar, YAMLError } from 'yaml';
import { isAlias, isCollection, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import type { Located, YamlDocument } from './document.ts';
import { documentOf } from './document.ts';
import { readPlain } from './plain-yaml.ts';

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

/** Of a large file in a tenth of the time where it is as plain as programs write it; the outcome is the same. */
export function readYaml(source: Source): YamlReading {
  const unprintable = unprintables(source);
  if (unprintable.length > 0) return { document: undefined, diagnostics: unprintable };
  const root = readPlain(source);
  return root === undefined ? readAnyYaml(source) : { document: documentOf(root), diagnostics: [] };
}

/** By the parser that knows all of YAML. */
export function readAnyYaml(source: Source): YamlReading {
  const yaml = parseDocument(source.text, OPTIONS);
  const problems = [...yaml.errors, ...yaml.warnings]
    .slice(0, MOST_PROBLEMS)
    .map((error) => yamlProblem(source, error));
  problems.push(...otherVersion(source, yaml), ...repeatedKeys(source, yaml), ...doubtfulNodes(source, yaml));
  if (problems.length > 0) return { document: undefined, diagnostics: problems };
  try {
    const data: unknown = yaml.toJS({ maxAliasCount: MOST_ALIASES });
    return { document: documentOf(located({ source, yaml }, yaml.contents, data)), diagnostics: [] };
  } catch (error) {
    // too many aliases
    const whole = { source, start: 0, end: source.text.length };
    return { document: undefined, diagnostics: [notYaml(whole, (error as Error).message)] };
  }
}

/** All that is not c-printable in chapter 5.1 of YAML 1.2, which the parser lets pass. */
const UNPRINTABLE = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function unprintables(source: Source): Diagnostic[] {
  const found = [...source.text.matchAll(UNPRINTABLE)].slice(0, MOST_PROBLEMS);
  return found.map(({ 0: char, index }) => {
    const number = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return notYaml(
      { source, start: index, end: index + 1 },
      `is U+${number}, which a policy may not have in it`,
    );
  });
}

/** In words for people, and about the whole of what is wrong, where the parser's are not. */
function yamlProblem(source: Source, { code, message, pos }: YAMLError): Diagnostic {
  // the parser may point behind the end, at what is missing there
  const [start, end] = pos.map((at) => Math.min(at, source.text.length)) as [number, number];
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
  const start = source.text.search(/(?<=^\ufeff?)%YAML/m);
  const [line = ''] = source.text.slice(start).split('\n', 1);
  const span = { source, start, end: start + line.length };
  return [notYaml(span, 'asks for another YAML than that of a policy, which is 1.2')];
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

interface Reading {
  readonly source: Source;
  readonly yaml: Document;
}

/** An alias stands in its own place, and its parts in theirs. */
function located(reading: Reading, node: unknown, value: unknown): Located {
  const { source, yaml } = reading;
  const span = spanOfNode(source, node);
  const content = isAlias(node) ? node.resolve(yaml) : node;
  const isByLines = node === content && isCollection(node) && node.flow !== true;
  if (isSeq(content)) {
    const items = content.items.map((item, index) => located(reading, item, (value as unknown[])[index]));
    return { value, items, span: isByLines ? upTo(span, items.at(-1)) : span };
  }
  if (!isMap(content)) return { value, span };
  const fields = new Map(
    content.items.map((pair) => {
      const key = keyText(pair);
      const part = located(reading, pair.value, (value as Record<string, unknown>)[key]);
      return [key, { key: spanOfNode(source, pair.key), part }];
    }),
  );
  return { value, fields, span: isByLines ? upTo(span, [...fields.values()].at(-1)?.part) : span };
}

/** To the end of the last part: the comments behind it are no part. */
function upTo(span: Span, last: Located | undefined): Span {
  return { ...span, end: (last as Located).span.end };
}

/** The whole text where there is no node. */
function spanOfNode(source: Source, node: unknown): Span {
  const [start, end] = (isNode(node) ? node.range : undefined) ?? [0, source.text.length];
  return { source, start, end };
}

/** Keys are strings, whatever they look like. */
function keyText({ key }: Pair): string {
  return String((key as Scalar).value);
}
