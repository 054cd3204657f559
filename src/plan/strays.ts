import { OF_CLOSED } from '../domain/conn-name.ts';
import { TCP } from '../domain/protocol.ts';
import { BLOCKED } from '../domain/saref.ts';
import { isBySender } from '../domain/sender.ts';
import type { ActiveEntry } from './plan.ts';

/**
 * The entries, and behind each one that asks who sends, one for strays: what the kernel still sends of a TCP
 * socket that its program has closed has no sender, and where conntrack has lost its flow nothing says whose it
 * was. It may have been the entry's, so it is blocked: to go on would be to leave by another conn or in clear.
 */
export function withStrays(entries: readonly ActiveEntry[]): ActiveEntry[] {
  return entries.flatMap((entry) => [entry, ...strayOf(entry)]);
}

function strayOf(entry: ActiveEntry): ActiveEntry[] {
  const { selector } = entry;
  const { src, dst, protocol = TCP, sport, dport, inInterface, dscp } = selector;
  if (!isBySender(selector) || protocol !== TCP) return [];
  return [
    {
      ...entry,
      conn: OF_CLOSED,
      selector: { src, dst, protocol, sport, dport, inInterface, dscp, isStray: true },
      decision: { kind: 'block', mark: BLOCKED },
    },
  ];
}
