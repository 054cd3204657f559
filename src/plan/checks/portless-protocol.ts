import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { hasPorts, ICMP } from '../../domain/protocol.ts';
import type { Policy, Spanned } from '../../policy/policy.ts';
import type { SarefTable } from '../saref-table.ts';

/** SM1525: flows of several clients of a protocol that has nothing to tell them apart by on their way back. */
export function checkPortlessProtocol({ replies, entries }: Policy, table: SarefTable): Diagnostic[] {
  const lines = [...entries.flatMap(({ saref }) => saref ?? []), ...table.lines];
  const answered = new Set(lines.filter(({ ref }) => ref !== undefined).map(({ conn }) => conn.value));
  if (replies === 'entries' || answered.size < 2) return [];
  const named = entries.flatMap(({ protocol }) => (isPortless(protocol) ? [protocol] : []));
  const firsts = new Map(named.toReversed().map((protocol) => [protocol.value, protocol]));
  return [...firsts.values()].toReversed().map(({ span }) => ({
    code: 'SM1525',
    labels: [{ span, text: 'has no ports' }],
    detail:
      'Where clients of two conns ask the same host from the same address by it, the second one is dropped: nothing in an answer would say whose it is.',
    help: 'give each client an address of its own; where none asks by this protocol there is nothing to do',
  }));
}

/** The nat core tells flows apart by ports, and echoes of ICMP by their identifiers. */
function isPortless(protocol: Policy['entries'][number]['protocol']): protocol is Spanned<number> {
  const number = protocol?.value;
  return number !== undefined && number !== ICMP && !hasPorts(number);
}
