import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy, Spanned } from '../../policy/policy.ts';
import type { SarefTable } from '../saref-table.ts';

/** SM1203: one outbound SA cannot be that of two conns, so one of them sends to the other's client. */
export function checkSharedSaref({ entries }: Policy, { lines }: SarefTable): Diagnostic[] {
  const firsts = new Map<number, Owner>();
  return [...lines, ...entries.flatMap(({ saref }) => saref ?? [])].flatMap(({ conn, refhim }) => {
    if (refhim === undefined) return [];
    const owner = { conn: conn.value, refhim };
    const first = firsts.get(refhim.value) ?? owner;
    firsts.set(refhim.value, first);
    return first.conn === owner.conn ? [] : [shared(owner, first)];
  });
}

interface Owner {
  readonly conn: string;
  readonly refhim: Spanned<number>;
}

function shared(one: Owner, first: Owner): Diagnostic {
  return {
    code: 'SM1203',
    labels: [
      { span: one.refhim.span, text: `is given to ${one.conn}` },
      { span: first.refhim.span, text: `and to ${first.conn}` },
    ],
    detail: 'The packets of one of the two would go to the other one.',
    help: 'the current values are the refhim= of each conn in:\nipsec auto --status',
  };
}
