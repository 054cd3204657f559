import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import type { Field, Located, YamlDocument } from './document.ts';
import { documentOf } from './document.ts';
import type { Spanned } from './policy.ts';
import { readTable } from './table.ts';
import type { YamlReading } from './yaml.ts';

/** A file of a policy: all of it, or one of a folder. */
export interface PolicyPart {
  readonly document: YamlDocument;
  /** What its `entries: { file }` names. */
  readonly table?: Source | undefined;
}

/** The file that `entries:` is in, as it is written. */
export function tableNamedIn({ root }: YamlDocument): Spanned<string> | undefined {
  const file = root.fields?.get('entries')?.part.fields?.get('file')?.part;
  return typeof file?.value === 'string' ? { value: file.value, span: file.span } : undefined;
}

/**
 * One document of all parts, in their order: their entries one after the other, their maps of SArefs and
 * of networks united. All else stands in one of them; version may stand in each.
 */
export function uniteParts(parts: readonly PolicyPart[]): YamlReading {
  const readings = parts.map(withTable);
  const problems = readings.flatMap(({ diagnostics }) => diagnostics);
  const roots = readings.map(({ root }) => root).filter(({ value }) => value !== null);
  const other = roots.find(({ fields }) => fields === undefined);
  const [first = EMPTY, ...rest] = other === undefined ? roots : [other];
  if (rest.length > 0) {
    const { root, diagnostics } = united(roots);
    return settled(root, [...problems, ...diagnostics]);
  }
  return settled(first, problems);
}

/** Of parts that say nothing. */
const EMPTY: Located = {
  value: {},
  fields: new Map(),
  span: { source: { name: '', text: '' }, start: 0, end: 0 },
};

function settled(root: Located, diagnostics: readonly Diagnostic[]): YamlReading {
  return { document: diagnostics.length === 0 ? documentOf(root) : undefined, diagnostics };
}

interface PartReading {
  readonly root: Located;
  readonly diagnostics: readonly Diagnostic[];
}

function withTable({ document, table }: PolicyPart): PartReading {
  const { root } = document;
  const named = tableNamedIn(document);
  if (named === undefined) return { root, diagnostics: [] };
  if (table === undefined) return { root, diagnostics: [noTable(named.span)] };
  const { entries, diagnostics } = readTable(table);
  if (entries === undefined) return { root, diagnostics };
  const { key } = root.fields?.get('entries') as Field;
  return { root: mapOf(new Map(root.fields).set('entries', { key, part: entries }), root.span), diagnostics };
}

function noTable(span: Span): Diagnostic {
  return {
    code: 'SM1008',
    labels: [{ span, text: 'is next to which file?' }],
    detail: 'The name of a table is looked for in the folder of its policy, and this policy is in none.',
    help: 'write the whole path, from / on, or give the policy as a file',
  };
}

function mapOf(fields: ReadonlyMap<string, Field>, span: Span): Located {
  const value = Object.fromEntries([...fields].map(([key, { part }]) => [key, part.value]));
  return { value, fields, span };
}

function united(roots: readonly Located[]): PartReading {
  const all = roots.flatMap(({ fields }) => [...(fields as ReadonlyMap<string, Field>)]);
  const byKey = new Map<string, Field[]>();
  for (const [key, field] of all) byKey.set(key, [...(byKey.get(key) ?? []), field]);
  const unions = [...byKey].map(([key, fields]) => ({ key, ...unionOf(key, fields) }));
  const { span } = roots[0] as Located;
  return {
    root: mapOf(new Map(unions.map(({ key, field }) => [key, field])), span),
    diagnostics: unions.flatMap(({ diagnostics }) => diagnostics),
  };
}

interface Union {
  readonly field: Field;
  readonly diagnostics: readonly Diagnostic[];
}

function unionOf(key: string, fields: readonly Field[]): Union {
  const [first, ...others] = fields as [Field, ...Field[]];
  switch (key) {
    case 'entries':
      return { field: joinedLists(fields), diagnostics: [] };
    case 'sarefs':
    case 'networks':
      if (fields.every(({ part }) => part.fields !== undefined)) return joinedMaps(fields);
      break;
    case 'version':
      if (others.every(({ part }) => part.value === first.part.value))
        return { field: first, diagnostics: [] };
  }
  return { field: first, diagnostics: others.map((other) => saidTwice(other, first)) };
}

/** One that is no list is left to the check of the shape. */
function joinedLists(fields: readonly Field[]): Field {
  const [first] = fields as [Field];
  const wrong = fields.find(({ part }) => part.items === undefined);
  if (wrong !== undefined) return wrong;
  const items = fields.flatMap(({ part }) => part.items as readonly Located[]);
  return { ...first, part: { value: items.map(({ value }) => value), items, span: first.part.span } };
}

function joinedMaps(fields: readonly Field[]): Union {
  const [first] = fields as [Field];
  const joined = new Map<string, Field>();
  const diagnostics: Diagnostic[] = [];
  for (const [key, field] of fields.flatMap(({ part }) => [...(part.fields as ReadonlyMap<string, Field>)])) {
    const known = joined.get(key);
    if (known === undefined) joined.set(key, field);
    else diagnostics.push(saidTwice(field, known));
  }
  return { field: { ...first, part: mapOf(joined, first.part.span) }, diagnostics };
}

function saidTwice(one: Field, first: Field): Diagnostic {
  return {
    code: 'SM1005',
    labels: [
      { span: one.key, text: 'is said here' },
      { span: first.key, text: 'and in this file, which comes first' },
    ],
    help: 'keep one of the two',
  };
}
