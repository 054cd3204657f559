import { oncePer } from '../../domain/once.ts';
import type { OverlapQuery } from '../../domain/overlap-index.ts';
import { inFrontOf, overlapsIn } from '../../domain/overlap-index.ts';
import type { ReadableEntry } from '../entry.ts';
import { readableEntries } from '../entry.ts';
import type { Policy } from '../policy.ts';

/** The entries of a policy that say which packets they are for. */
export interface EntryIndex {
  readonly entries: readonly ReadableEntry[];
  /** Of their selectors. */
  readonly overlapsWith: OverlapQuery;
  /** The places of those that overlap with an earlier one: of most policies, few. */
  readonly behindOthers: readonly number[];
}

/** For each check of a policy the same one: with many entries it takes time to make. */
export const entryIndexOf = oncePer((policy: Policy): EntryIndex => {
  const entries = readableEntries(policy);
  const overlapsWith = overlapsIn(entries.map(({ selector }) => selector));
  const isBehind = ({ selector }: ReadableEntry, place: number): boolean =>
    inFrontOf(overlapsWith(selector), place, 1).length > 0;
  const behindOthers = [...entries.keys()].filter((place) =>
    isBehind(entries[place] as ReadableEntry, place),
  );
  return { entries, overlapsWith, behindOthers };
});
