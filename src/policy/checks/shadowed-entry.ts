import type { Diagnostic, Label } from '../../diagnostics/diagnostic.ts';
import { overlapsIn } from '../../domain/overlap-index.ts';
import { keyOf } from '../../domain/selector.ts';
import { isCovered } from '../../domain/witness.ts';
import type { ReadableEntry } from '../entry.ts';
import { readableEntries } from '../entry.ts';
import type { Policy } from '../policy.ts';

/** SM1305: earlier entries, one or several together, decide every packet that the entry matches. */
export function checkShadowedEntry(policy: Policy): Diagnostic[] {
  const entries = readableEntries(policy);
  const overlapsWith = overlapsIn(entries.map(({ selector }) => selector));
  return entries.flatMap((entry, index) => {
    const earlier = overlapsWith(entry.selector)
      .flatMap((place) => (place < index ? (entries[place] as ReadableEntry) : []))
      .filter(isShadowing);
    // the same selector once more is a duplicate, which is told as such
    const isDuplicate = earlier.some(({ selector }) => keyOf(selector) === keyOf(entry.selector));
    // so is an inner conn behind the outer one
    const isCaught = earlier.some(({ conn }) => conn.value === entry.over?.value);
    return !isDuplicate && !isCaught && isTaken(entry, earlier)
      ? [shadowed(entry, neededOf(entry, earlier))]
      : [];
  });
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
