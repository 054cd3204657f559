import type { Diagnostic, Label } from '../../diagnostics/diagnostic.ts';
import { cornersOf } from '../../domain/corners.ts';
import type { Selector } from '../../domain/selector.ts';
import { keyOf } from '../../domain/selector.ts';
import { isCovered } from '../../domain/witness.ts';
import type { ReadableEntry } from '../entry.ts';
import type { Policy } from '../policy.ts';
import type { EntryIndex } from './entry-index.ts';
import { entryIndexOf } from './entry-index.ts';

/** SM1305: earlier entries, one or several together, decide every packet that the entry matches. */
export function checkShadowedEntry(policy: Policy): Diagnostic[] {
  const index = entryIndexOf(policy);
  const takersOf = takersIn(index);
  return index.behindOthers.flatMap((at) => {
    const entry = index.entries[at] as ReadableEntry;
    const takers = takersOf(entry, at);
    // the same selector once more is a duplicate, which is told as such
    const isDuplicate = takers.some(({ selector }) => keyOf(selector) === keyOf(entry.selector));
    // so is an inner conn behind the outer one
    const isCaught = takers.some(({ conn }) => conn.value === entry.over?.value);
    const isTold = takers.length === 0 || isDuplicate || isCaught;
    return isTold ? [] : [shadowed(entry, neededOf(entry, takers))];
  });
}

/** The earlier entries that together leave an entry no packet; none where one is left. */
export type TakersOf = (entry: ReadableEntry, index: number) => readonly ReadableEntry[];

/** An entry whose packets are taken by more earlier ones than so many, and by no fewer, is not found. */
const MOST_TAKERS = 200;

export function takersIn({ entries, overlapsWith }: EntryIndex): TakersOf {
  const earlier = function* (selector: Selector, index: number): Generator<ReadableEntry, void> {
    for (const place of overlapsWith(selector)) {
      if (place >= index) break;
      const other = entries[place] as ReadableEntry;
      if (isShadowing(other)) yield other;
    }
  };
  return (entry, index) => {
    if (earlier(entry.selector, index).next().done === true) return [];
    // of most entries a corner is left, which is found without asking who takes the rest
    const isLeft = (corner: Selector): boolean => earlier(corner, index).next().done === true;
    if (cornersOf(entry.selector).some(isLeft)) return [];
    const takers = firstOf(earlier(entry.selector, index), MOST_TAKERS);
    return isTaken(entry, takers) ? takers : [];
  };
}

function firstOf<T>(items: Iterable<T>, most: number): T[] {
  const first: T[] = [];
  for (const item of items) {
    if (first.push(item) === most) break;
  }
  return first;
}

/** One that is skipped while its conn is down leaves its packets to the next. */
export function isShadowing({ down }: ReadableEntry): boolean {
  return down === 'block';
}

function isTaken({ selector }: ReadableEntry, by: readonly ReadableEntry[]): boolean {
  return isCovered(
    selector,
    by.map((other) => other.selector),
  );
}

/** Without those that the others can do without, the nearest ones first. */
function neededOf(entry: ReadableEntry, earlier: readonly ReadableEntry[]): readonly ReadableEntry[] {
  return earlier.reduceRight<readonly ReadableEntry[]>((needed, candidate) => {
    const others = needed.filter((other) => other !== candidate);
    return isTaken(entry, others) ? others : needed;
  }, earlier);
}

const MOST_LABELS = 4;

function shadowed({ conn }: ReadableEntry, takers: readonly ReadableEntry[]): Diagnostic {
  const text =
    takers.length === 1 ? 'this entry comes first and takes all of them' : 'this entry takes a part';
  const labels = takers.slice(0, MOST_LABELS).map(({ conn: { span } }): Label => ({ span, text }));
  const rest = takers.length - labels.length;
  return {
    code: 'SM1305',
    labels: [{ span: conn.span, text: 'there is no packet left for this entry' }, ...labels],
    ...(rest > 0 && { detail: `So do ${String(rest)} more.` }),
    help: 'move it in front, delete it, or let the earlier ones step aside while their conn is down:\ndown: skip',
  };
}
