import { toCidr } from '../domain/cidr.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import type { SarefData, SarefsData } from './data.ts';
import type { PathStep, YamlDocument } from './document.ts';
import { readYaml } from './yaml.ts';
import type { SarefLine, Spanned } from './policy.ts';
import { checkShape } from './shape.ts';

export interface SarefMapReading {
  readonly lines: readonly SarefLine[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A file that holds what a policy has under `sarefs:`, and nothing else. */
export function parseSarefMap(source: Source): SarefMapReading {
  const { document, diagnostics } = readYaml(source);
  if (document === undefined) return { lines: [], diagnostics };
  const problems = checkShape(document, 'saref map');
  if (problems.length > 0) return { lines: [], diagnostics: problems };
  return { lines: sarefLines(document, [], document.data as SarefsData), diagnostics: [] };
}

export function sarefLines(
  document: YamlDocument,
  path: readonly PathStep[],
  sarefs: SarefsData,
): SarefLine[] {
  return Object.entries(sarefs).map(([name, data]) => {
    const conn = { value: name, span: document.keySpanOf([...path, name]) };
    return sarefLine(document, [...path, name], { conn, data });
  });
}

export function sarefLine(
  document: YamlDocument,
  path: readonly PathStep[],
  { conn, data }: { readonly conn: Spanned<string>; readonly data: SarefData },
): SarefLine {
  const spanned = <T>(value: T | undefined, key: string): Spanned<T> | undefined =>
    value === undefined ? undefined : { value, span: document.spanOf([...path, key]) };
  const { refhim, ref, peer } =
    typeof data === 'object' ? data : { refhim: data === 'down' ? undefined : data };
  return {
    conn,
    refhim: spanned(refhim, 'refhim'),
    ref: spanned(ref, 'ref'),
    peer: spanned(peer === undefined ? undefined : toCidr(peer), 'peer'),
  };
}
