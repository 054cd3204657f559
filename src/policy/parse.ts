import { toCidr } from '../domain/cidr.ts';
import type { CidrReading } from '../domain/cidr.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import type { PathStep, YamlDocument } from './document.ts';
import { readYaml } from './document.ts';
import type { Entry, Policy, SarefLine, Spanned } from './policy.ts';
import { checkShape } from './shape.ts';

export interface PolicyReading {
  readonly policy: Policy | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** YAML text to a Policy; undefined with diagnostics (SM1001, SM1002) when the text has not its shape. */
export function parsePolicy(source: Source): PolicyReading {
  const { document, diagnostics } = readYaml(source);
  if (document === undefined) return { policy: undefined, diagnostics };
  const problems = checkShape(document);
  if (problems.length > 0) return { policy: undefined, diagnostics: problems };
  return { policy: policyOf(document), diagnostics: [] };
}

/** What the schema admits, before the defaults. */
interface PolicyData {
  readonly dataplane?: 'mast';
  readonly tracking?: 'packet';
  readonly mast?: { readonly interface?: string; readonly table?: number; readonly 'ike-ports'?: number[] };
  readonly sarefs: Readonly<Record<string, SarefData>>;
  readonly entries: readonly EntryData[];
}

type SarefData = number | 'down' | { readonly refhim: number; readonly ref?: number };

interface EntryData {
  readonly conn: string;
  readonly src?: string;
  readonly dst?: string;
  readonly down?: 'block' | 'skip';
}

function policyOf(document: YamlDocument): Policy {
  const data = document.data as PolicyData;
  return {
    dataplane: data.dataplane ?? 'mast',
    tracking: data.tracking ?? 'packet',
    mast: {
      interface: data.mast?.interface ?? 'mast0',
      table: data.mast?.table ?? 50,
      ikePorts: data.mast?.['ike-ports'] ?? [500, 4500],
    },
    sarefs: Object.entries(data.sarefs).map(([conn, saref]) => sarefLineOf(document, conn, saref)),
    entries: data.entries.map((entry, index) => entryOf(document, ['entries', index], entry)),
  };
}

function sarefLineOf(document: YamlDocument, conn: string, saref: SarefData): SarefLine {
  const path = ['sarefs', conn];
  const refs = typeof saref === 'object' ? saref : { refhim: saref };
  const spanned = (value: number | 'down' | undefined, key: string): Spanned<number> | undefined =>
    typeof value === 'number' ? { value, span: document.spanOf([...path, key]) } : undefined;
  return {
    conn: { value: conn, span: document.keySpanOf(path) },
    refhim: spanned(refs.refhim, 'refhim'),
    ref: 'ref' in refs ? spanned(refs.ref, 'ref') : undefined,
  };
}

function entryOf(document: YamlDocument, path: readonly PathStep[], entry: EntryData): Entry {
  const network = (key: 'src' | 'dst'): Spanned<CidrReading> | undefined => {
    const text = entry[key];
    return text === undefined ? undefined : { value: toCidr(text), span: document.spanOf([...path, key]) };
  };
  return {
    conn: { value: entry.conn, span: document.spanOf([...path, 'conn']) },
    src: network('src'),
    dst: network('dst'),
    down: entry.down ?? 'block',
    span: document.spanOf(path),
  };
}
