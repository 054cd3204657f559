import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import type { Entry, Policy, Spanned } from '../../policy/policy.ts';
import type { SarefTable } from '../saref-table.ts';
import { finderIn } from '../saref-table.ts';

/** SM1301, SM1527: the conn that carries another one is known, and so is its peer. */
export function checkOuterPeer({ entries }: Policy, table: SarefTable): Diagnostic[] {
  const findConn = finderIn(table);
  const own = new Map(entries.flatMap(({ conn, saref }) => (saref ? [[conn.value, saref] as const] : [])));
  const names = table.lines.map(({ conn }) => conn.value);
  return firstsOf(entries).flatMap((over): Diagnostic[] => {
    const { isKnown, live } = findConn(over.value);
    const line = own.get(over.value) ?? live[0];
    if (line?.peer?.value.kind === 'cidr') return [];
    if (line !== undefined) return [unknownPeer(over)];
    return isKnown || table.kind === 'pluto' ? [] : [unknownConn(over, didYouMean(over.value, names))];
  });
}

function firstsOf(entries: readonly Entry[]): Spanned<string>[] {
  const overs = entries.flatMap(({ over }) => over ?? []);
  return [...new Map(overs.toReversed().map((over) => [over.value, over])).values()].toReversed();
}

function unknownPeer({ value, span }: Spanned<string>): Diagnostic {
  return {
    code: 'SM1527',
    labels: [{ span, text: 'has a peer that nobody names' }],
    detail: 'If it is in a network of the conn, its own IKE goes into its own tunnel.',
    help: `say where it is:\nsarefs: { ${value}: { refhim: 18, peer: 203.0.113.7 } }`,
  };
}

function unknownConn({ value, span }: Spanned<string>, near: string | undefined): Diagnostic {
  return {
    code: 'SM1301',
    labels: [{ span, text: 'is not in sarefs' }],
    help:
      near === undefined ? `add it to sarefs, as a number or as\n${value}: down` : `did you mean ${near}?`,
  };
}
