import { keyOf } from '../../domain/selector.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Entry, Policy } from '../policy.ts';

/** SM1302: two entries for the same packets; the first decides, the second never does. */
export function checkDuplicateEntry(policy: Policy): Diagnostic[] {
  const firsts = new Map<string, Entry>();
  return policy.entries.flatMap((entry) => {
    if (entry.selector === undefined) return [];
    const selector = keyOf(entry.selector);
    // an entry that is skipped while its conn is down leaves its packets to the next one, be that the
    // next of a failover pair or one that blocks them: it stands in the way of its like alone
    const key = entry.down === 'skip' ? `${selector} ${entry.conn.value}` : selector;
    const first = firsts.get(selector) ?? firsts.get(key);
    if (first !== undefined) return [duplicate(entry, first)];
    firsts.set(key, entry);
    return [];
  });
}

function duplicate(entry: Entry, first: Entry): Diagnostic {
  return {
    code: 'SM1302',
    labels: [
      { span: entry.conn.span, text: 'matches the same packets' },
      { span: first.conn.span, text: 'as this entry, which comes first and decides' },
    ],
    help:
      entry.conn.value === first.conn.value
        ? 'delete one of the two'
        : 'give one of them another network, or let the first one step aside while its conn is down:\ndown: skip',
  };
}
