import type { SarefTable, TableLine } from '../plan/saref-table.ts';
import type { Policy, Spanned } from '../policy/policy.ts';

/**
 * For a rehearsal without pluto: each conn that has no SAref in its entry is up, with 1, 2, 3 ... as both
 * of its SArefs, in the order in which the entries name them. Numbers that an entry gives are left out.
 */
export function madeUpTable({ entries }: Policy): SarefTable {
  const given = new Set(entries.flatMap(({ saref }) => [saref?.refhim?.value, saref?.ref?.value]));
  const lines = new Map<string, TableLine>();
  let last = 0;
  for (const { conn, saref } of entries) {
    if (saref !== undefined || lines.has(conn.value)) continue;
    do last += 1;
    while (given.has(last));
    const made: Spanned<number> = { value: last, span: conn.span };
    lines.set(conn.value, { conn, refhim: made, ref: made });
  }
  return { kind: 'map', lines: [...lines.values()] };
}
