import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';
import type { SarefTable } from '../saref-table.ts';
import { finderIn } from '../saref-table.ts';

/** SM1306: an entry names a template of which several instances are up, and a packet can go by one alone. */
export function checkSeveralInstances({ entries }: Policy, table: SarefTable): Diagnostic[] {
  const findConn = finderIn(table);
  return entries.flatMap(({ conn: { value, span }, saref }) => {
    const { live } = findConn(value);
    if (saref !== undefined || live.length < 2) return [];
    const names = live.map(({ conn }) => conn.value);
    return [
      {
        code: 'SM1306',
        labels: [
          { span, text: `has ${String(live.length)} live instances` },
          ...live.map(({ conn }) => ({ span: conn.span, text: 'is one of them' })),
        ],
        detail: `Live instances of ${value}: ${names.join(', ')}. An entry cannot choose among them. Who comes in by one of them is answered by it without an entry; clients behind one NAT may differ by nothing else than their SAref.`,
        help: `name the one that is meant, or leave it to the program's socket:\nconn: ${String(names[0])}\nsocket: saref`,
      },
    ];
  });
}
