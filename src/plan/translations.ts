import { BLOCKED } from '../domain/saref.ts';
import type { Clause } from './clauses.ts';
import { NOBODY } from './clauses.ts';

/** What becomes of the memory of flows that carry a mark which their conn has no more. */
export interface Translation {
  readonly conn: string;
  /** An nfmark over our bits. */
  readonly from: number;
  /** Likewise, or UNDECIDED. */
  readonly to: number;
  /** Of flows that did not come in by mast, or of answers to those that did; absent: of both. */
  readonly of?: 'opened' | 'answers';
}

/** The memory of a flow whose next packet decides anew. */
export const UNDECIDED = 0;

interface Decisions {
  readonly before: readonly Clause[];
  readonly after: readonly Clause[];
  /** What is translated already. */
  readonly standing: readonly Translation[];
}

/**
 * From each mark that one conn alone had to the one that it has now. No mark of the result is both, so
 * the order of translations means nothing: a mark that is another conn's by now cannot say whose flow it
 * is, and is decided anew, as is that of a conn with no mark or with several. The mark of blocked
 * packets belongs to no conn.
 */
export function translationsOf({ before, after, standing }: Decisions): Translation[] {
  const hadBy = conns([...decisionsIn(before), ...standing.map(({ conn, from }) => [conn, from] as const)]);
  const hasBy = conns(decisionsIn(after));
  const marksOf = grouped(decisionsIn(after));
  return [...hadBy].flatMap(([from, owners]) => {
    const [conn = NOBODY, ...others] = [...owners].filter((owner) => owner !== NOBODY);
    const marks = marksOf.get(conn) ?? new Set();
    if (conn === NOBODY || others.length > 0 || from === BLOCKED.value || marks.has(from)) return [];
    const [to = UNDECIDED] = marks;
    return [{ conn, from, to: hasBy.has(from) || marks.size > 1 ? UNDECIDED : to }];
  });
}

type ConnMark = readonly [conn: string, nfmark: number];

function decisionsIn(clauses: readonly Clause[]): ConnMark[] {
  return clauses.flatMap(({ outcome }) =>
    outcome === undefined ? [] : [[outcome.conn, outcome.nfmark] as const],
  );
}

function conns(decisions: readonly ConnMark[]): Map<number, Set<string>> {
  return grouped(decisions.map(([conn, nfmark]) => [nfmark, conn] as const));
}

function grouped<Key, Value>(pairs: readonly (readonly [Key, Value])[]): Map<Key, Set<Value>> {
  const groups = new Map<Key, Set<Value>>();
  for (const [key, value] of pairs) groups.set(key, (groups.get(key) ?? new Set()).add(value));
  return groups;
}
