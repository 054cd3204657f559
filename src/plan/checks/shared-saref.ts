import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy, Spanned } from '../../policy/policy.ts';
import type { SarefTable } from '../saref-table.ts';

/**
 * SM1203: one outbound SA cannot be that of two conns, so one of them sends to the other's client. One
 * inbound SA cannot either, so one of them answers the other's.
 */
export function checkSharedSaref({ entries }: Policy, { lines }: SarefTable): Diagnostic[] {
  const all = [...lines, ...entries.flatMap(({ saref }) => saref ?? [])];
  return (['refhim', 'ref'] as const).flatMap((side) => {
    const firsts = new Map<number, Owner>();
    return all.flatMap(({ conn, [side]: saref }) => {
      if (saref === undefined) return [];
      const owner = { conn: conn.value, saref };
      const first = firsts.get(saref.value) ?? owner;
      firsts.set(saref.value, first);
      return first.conn === owner.conn ? [] : [shared(side, owner, first)];
    });
  });
}

interface Owner {
  readonly conn: string;
  readonly saref: Spanned<number>;
}

function shared(side: 'refhim' | 'ref', one: Owner, first: Owner): Diagnostic {
  const goes = { refhim: 'The packets', ref: 'The answers to the packets' }[side];
  return {
    code: 'SM1203',
    labels: [
      { span: one.saref.span, text: `is given to ${one.conn}` },
      { span: first.saref.span, text: `and to ${first.conn}` },
    ],
    detail: `${goes} of one of the two would go to the other one.`,
    help: `the current values are the ${side}= of each conn in:\nipsec auto --status`,
  };
}
