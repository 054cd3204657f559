import { toCidr } from '../domain/cidr.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import type { SarefData } from './data.ts';
import type { Located } from './document.ts';
import { partOf } from './document.ts';
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
  return { lines: sarefLines(document.root), diagnostics: [] };
}

export function sarefLines(part: Located | undefined): SarefLine[] {
  return [...(part?.fields ?? [])].map(([name, field]) =>
    sarefLine({ value: name, span: field.key }, field.part),
  );
}

export function sarefLine(conn: Spanned<string>, part: Located): SarefLine {
  const data = part.value as SarefData;
  const isMap = typeof data === 'object';
  const refhim = isMap ? partOf(part, 'refhim') : data === 'down' ? undefined : part;
  const peer = partOf(part, 'peer') as Spanned<string> | undefined;
  return {
    conn,
    refhim: refhim as Spanned<number> | undefined,
    ref: partOf(part, 'ref') as Spanned<number> | undefined,
    peer: peer && { value: toCidr(peer.value), span: peer.span },
  };
}
