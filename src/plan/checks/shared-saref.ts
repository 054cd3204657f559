import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy, SarefLine } from '../../policy/policy.ts';
import type { SarefTable } from '../saref-table.ts';

/** SM1203: one outbound SA cannot be that of two conns, so one of them sends to the other's client. */
export function checkSharedSaref({ entries }: Policy, { lines }: SarefTable): Diagnostic[] {
  const firsts = new Map<number, SarefLine>();
  return [...lines, ...entries.flatMap(({ saref }) => saref ?? [])].flatMap((line) => {
    const { conn, refhim } = line;
    if (refhim === undefined) return [];
    const first = firsts.get(refhim.value) ?? line;
    firsts.set(refhim.value, first);
    return first.conn.value === conn.value ? [] : [shared(line, first)];
  });
}

function shared({ conn, refhim }: SarefLine, first: SarefLine): Diagnostic {
  return {
    code: 'SM1203',
    labels: [refhim, first.refhim].flatMap((saref, index) =>
      saref === undefined
        ? []
        : [
            {
              span: saref.span,
              text: index === 0 ? `is given to ${conn.value}` : `and to ${first.conn.value}`,
            },
          ],
    ),
    detail: 'The packets of one of the two would go to the other one.',
    help: 'the current values are the refhim= of each conn in:\nipsec auto --status',
  };
}
