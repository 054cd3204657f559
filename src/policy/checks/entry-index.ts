import type { OverlapQuery } from '../../domain/overlap-index.ts';
import { overlapsIn } from '../../domain/overlap-index.ts';
import type { ReadableEntry } from '../entry.ts';
import { readableEntries } from '../entry.ts';
import type { Policy } from '../policy.ts';

/** The entries of a policy that say which packets they are for. */
export interface EntryIndex {
  readonly entries: readonly ReadableEntry[];
  /** Of their selectors. */
  readonly overlapsWith: OverlapQuery;
}

const KNOWN = new WeakMap<Policy, EntryIndex>();

/** For each check of a policy the same one: with many entries it takes time to make. */
export function entryIndexOf(policy: Policy): EntryIndex {
  const known = KNOWN.get(policy);
  if (known !== undefined) return known;
  const entries = readableEntries(policy);
  const index = { entries, overlapsWith: overlapsIn(entries.map(({ selector }) => selector)) };
  KNOWN.set(policy, index);
  return index;
}
