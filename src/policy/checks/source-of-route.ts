import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { cidrsOf } from '../entry.ts';
import type { Entry, Policy } from '../policy.ts';

/**
 * SM1517: an entry asks who sends, so for packets of this host alone, and for sources that the kernel may
 * not pick. A single address is one that a program is told to take.
 */
export function checkSourceOfRoute({ entries }: Policy): Diagnostic[] {
  const asking = entries.filter(({ user, group, cgroup }) => (user ?? group ?? cgroup) !== undefined);
  const firsts = new Map(asking.toReversed().flatMap((entry) => sourcesOf(entry)));
  return [...firsts].map(([span, conn]) => ({
    code: 'SM1517',
    labels: [
      { span, text: 'is matched if the kernel picks such a source' },
      { span: conn, text: 'for packets that a program here sends' },
    ],
    help: 'see which one it picks, by the route without a mark:\nip -4 route get ADDRESS\nor take any source, for mast drops what the conn is not for:\nsrc: 0.0.0.0/0',
  }));
}

/** The first network among the sources of an entry, if it is not for all of them. */
function sourcesOf({ conn, src = [] }: Entry): (readonly [Entry['span'], Entry['span']])[] {
  const networks = src.flatMap((side) => cidrsOf(side).map(({ prefix }) => ({ prefix, span: side.span })));
  if (networks.some(({ prefix }) => prefix === 0)) return [];
  return networks
    .filter(({ prefix }) => prefix < 32)
    .slice(0, 1)
    .map(({ span }) => [span, conn.span]);
}
