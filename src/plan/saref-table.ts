import { toCidr } from '../domain/cidr.ts';
import { oncePer } from '../domain/once.ts';
import type { SarefLine } from '../policy/policy.ts';
import type { PlutoStatus } from './pluto-status.ts';

/** The SArefs of the conns, as somebody said them. */
export interface SarefTable {
  /** Who says: in a map a conn that is missing is a mistake, while pluto leaves out what it does not know. */
  readonly kind: 'map' | 'pluto';
  readonly lines: readonly TableLine[];
}

/** A conn, or one instance of a template: `rw[2]` of the template `rw`. */
export type TableLine = SarefLine & { readonly template?: string | undefined };

interface Found {
  /** Whether the table knows the conn at all. */
  readonly isKnown: boolean;
  /** Lines with a SAref; more than one where several instances of a template are up. */
  readonly live: readonly TableLine[];
}

/** Looks up conns by their names, and templates by theirs. */
export type FindConn = (name: string) => Found;

/** Whoever asks a table, by the same names: of many conns they take time to sort. */
export const finderIn = oncePer((table: SarefTable): FindConn => {
  const byName = new Map<string, { isKnown: true; live: TableLine[] }>();
  const add = (name: string, line: TableLine): void => {
    const found = byName.get(name) ?? { isKnown: true, live: [] };
    if (line.refhim !== undefined) found.live.push(line);
    byName.set(name, found);
  };
  for (const line of table.lines) {
    add(line.conn.value, line);
    if (line.template !== undefined) add(line.template, line);
  }
  return (name) => byName.get(name) ?? NOT_FOUND;
});

const NOT_FOUND: Found = { isKnown: false, live: [] };

export function tableOfStatus({ conns }: PlutoStatus): SarefTable {
  const lines = conns.map(({ conn, instance, refhim, ref, gateway }): TableLine => {
    const peer = gateway && { value: toCidr(gateway.value), span: gateway.span };
    if (instance === undefined) return { conn, refhim, ref, peer };
    const value = `${conn.value}[${instance}]`;
    return { conn: { value, span: conn.span }, template: conn.value, refhim, ref, peer };
  });
  return { kind: 'pluto', lines };
}
