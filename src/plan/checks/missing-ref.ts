import { toSaref } from '../../domain/saref.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy } from '../../policy/policy.ts';
import type { SarefTable } from '../saref-table.ts';
import { finderIn } from '../saref-table.ts';

/** SM1510: who comes in by a conn of an entry is not answered, for its inbound SAref is not said while others' are. */
export function checkMissingRef({ replies, entries }: Policy, table: SarefTable): Diagnostic[] {
  const findConn = finderIn(table);
  const inUse = entries.map(({ conn, saref }) => ({
    conn,
    line: saref ?? findConn(conn.value).live[0],
  }));
  const lines = [...table.lines, ...inUse.map(({ line }) => line)];
  const isSaid = lines.some((line) => line?.ref !== undefined && toSaref(line.ref.value) !== undefined);
  if (replies === 'entries' || !isSaid) return [];
  const without = inUse.filter(({ line }) => line?.refhim !== undefined && line.ref === undefined);
  const firsts = new Map(without.toReversed().map(({ conn }) => [conn.value, conn]));
  return [...firsts.values()].map(({ span }) => ({
    code: 'SM1510',
    labels: [{ span, text: 'has no ref: who comes in by it is not answered' }],
    detail:
      'Other conns have one. What comes in with an inbound SAref that is of none of them may be of any client, so its answers are blocked.',
    help: `the ref= of the conn is in:\nipsec auto --status\nor let the entries decide about all answers:\nreplies: entries`,
  }));
}
