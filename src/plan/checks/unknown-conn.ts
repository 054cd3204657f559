import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import { BY_SOCKET } from '../../domain/conn-name.ts';
import type { Policy, Spanned } from '../../policy/policy.ts';
import type { SarefTable } from '../saref-table.ts';
import { finderIn } from '../saref-table.ts';

/** SM1301, SM1504: an entry names a conn that the table of SArefs lacks. */
export function checkUnknownConn({ entries }: Policy, table: SarefTable): Diagnostic[] {
  const known = table.lines.map(({ conn }) => conn.value);
  const findConn = finderIn(table);
  return entries
    .filter(({ conn, saref }) => saref === undefined && conn.value !== BY_SOCKET)
    .filter(({ conn }) => !findConn(conn.value).isKnown)
    .map(({ conn }) => {
      const near = didYouMean(conn.value, known);
      return table.kind === 'map' ? notInMap(conn, near) : notInPluto(conn, near);
    });
}

function notInMap({ value, span }: Spanned<string>, near: string | undefined): Diagnostic {
  return {
    code: 'SM1301',
    labels: [{ span, text: 'is not in sarefs' }],
    detail: 'Without its SAref there is no nfmark to give to the packets of this entry.',
    help:
      near === undefined ? `add it to sarefs, as a number or as\n${value}: down` : `did you mean ${near}?`,
  };
}

function notInPluto({ span }: Spanned<string>, near: string | undefined): Diagnostic {
  return {
    code: 'SM1504',
    labels: [{ span, text: 'is no conn that pluto lists: it counts as down' }],
    help: near === undefined ? 'see what it lists:\nipsec auto --status' : `did you mean ${near}?`,
  };
}
