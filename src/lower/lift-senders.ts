import { isBySender } from '../domain/sender.ts';
import { commonOf, keyOf } from '../domain/selector.ts';
import type { Clause } from '../plan/clauses.ts';

/**
 * What a packet meets that this host makes: the entries that ask who sends with those in front of them,
 * and behind them all entries that do not ask. In one list again, each of the first in its place between
 * the second, where the order of the two agrees, as it does in what we write.
 *
 * @param local those of packets that this host makes alone
 */
export function interleaved(local: readonly Clause[], entries: readonly Clause[]): readonly Clause[] {
  const merged: Clause[] = [];
  let next = 0;
  for (const clause of local) {
    if (isBySender(clause.selector)) merged.push(clause);
    else {
      const place = entries.findIndex((other, at) => at >= next && isSame(clause, other));
      if (place !== -1) {
        merged.push(...entries.slice(next, place + 1));
        next = place + 1;
      } else if (entries.some((other) => isSame(clause, other))) {
        // what is exempt from the first goes on to the second
        return [...exemptButFor(local, entries), ...local, ...entries];
      } else {
        // for packets of this host alone, without asking who sends
        merged.push(clause);
      }
    }
  }
  return [...merged, ...entries.slice(next)];
}

/** What some clauses exempt goes on to those behind them. */
export function exemptButFor(clauses: readonly Clause[], behind: readonly Clause[]): Clause[] {
  const exempt = clauses.filter(({ outcome }) => outcome === undefined);
  return exempt.flatMap(({ selector }) =>
    behind.flatMap((other) => {
      const common = commonOf(selector, other.selector);
      return common === undefined ? [] : [{ selector: common, outcome: other.outcome }];
    }),
  );
}

function isSame(local: Clause, entry: Clause): boolean {
  const { inInterface } = local.selector;
  return (
    keyOf(local.selector) === keyOf({ ...entry.selector, inInterface }) &&
    local.outcome?.nfmark === entry.outcome?.nfmark &&
    local.outcome?.conn === entry.outcome?.conn
  );
}
