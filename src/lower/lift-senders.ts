import { isBySender } from '../domain/sender.ts';
import { commonOf, keyOf } from '../domain/selector.ts';
import type { Clause } from '../plan/clauses.ts';

/**
 * What a packet meets that this host makes: the entries that are for such packets alone with those in front
 * of them, and behind them all entries that are for others as well. In one list again: each of the first in
 * its place between the second, where the order of the two agrees, as it does where entries are laid out as
 * rules; else the first in front of the second.
 *
 * @param local those of packets that this host makes alone
 */
export function interleaved(local: readonly Clause[], entries: readonly Clause[]): readonly Clause[] {
  const merged: Clause[] = [];
  let next = 0;
  for (const clause of local) {
    if (isBySender(clause.selector)) {
      merged.push(clause);
      continue;
    }
    const place = entries.findIndex((other, at) => at >= next && isSame(clause, other));
    const skipped = entries.slice(next, place);
    if (place === -1 && !entries.some((other) => isSame(clause, other))) merged.push(clause);
    else if (place === -1 || skipped.some(isForAll))
      // what is exempt from the first goes on to the second
      return [...exemptButFor(local, entries), ...local, ...entries];
    else {
      merged.push(...skipped, entries[place] as Clause);
      next = place + 1;
    }
  }
  return [...merged, ...entries.slice(next)];
}

/** Whether it takes packets of this host among others: then it may not come to stand in front of theirs. */
function isForAll({ selector }: Clause): boolean {
  return selector.inInterface === undefined;
}

/** What some clauses exempt goes on to those behind them, as far as these speak of it. */
export function exemptButFor(clauses: readonly Clause[], behind: readonly Clause[]): Clause[] {
  const exempt = clauses.filter(({ outcome }) => outcome === undefined);
  return exempt.flatMap(({ selector }) => {
    const last = behind.findIndex((other) => keyOf(other.selector) === keyOf(selector));
    return behind.slice(0, last === -1 ? behind.length : last + 1).flatMap((other) => {
      const common = commonOf(selector, other.selector);
      return common === undefined ? [] : [{ selector: common, outcome: other.outcome }];
    });
  });
}

function isSame(local: Clause, entry: Clause): boolean {
  const { inInterface } = local.selector;
  return (
    keyOf(local.selector) === keyOf({ ...entry.selector, inInterface }) &&
    local.outcome?.nfmark === entry.outcome?.nfmark &&
    local.outcome?.conn === entry.outcome?.conn
  );
}
