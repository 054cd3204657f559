import type { Diagnostic, Label } from '../../diagnostics/diagnostic.ts';
import { overlapsIn } from '../../domain/overlap-index.ts';
import { isBySender } from '../../domain/sender.ts';
import type { Witness } from '../../domain/witness.ts';
import { isCovered, witnessOf } from '../../domain/witness.ts';
import type { ReadableEntry } from '../entry.ts';
import { readableEntries } from '../entry.ts';
import type { Policy } from '../policy.ts';
import { exampleOf } from './example.ts';
import { isShadowing } from './shadowed-entry.ts';

/** SM1501: two entries of different conns match the same packets. Right where the first one is the exception. */
export function checkOverlap(policy: Policy): Diagnostic[] {
  const entries = readableEntries(policy);
  const overlapsWith = overlapsIn(entries.map(({ selector }) => selector));
  return entries.flatMap((entry, index) => {
    const earlier = overlapsWith(entry.selector).flatMap((place) =>
      place < index ? (entries[place] as ReadableEntry) : [],
    );
    const overlapping = earlier.flatMap((other, place) => {
      if (!isSuspect(entry, other)) return [];
      // what the entries in front of both take is not between these two
      const inFront = earlier.slice(0, place).filter(isShadowing);
      const witness = witnessOf(
        [other.selector, entry.selector],
        inFront.map(({ selector }) => selector),
      );
      return witness === undefined ? [] : [{ other, witness }];
    });
    const [first] = overlapping;
    return first === undefined || isUseless(entry, earlier) ? [] : [overlap(entry, overlapping, first)];
  });
}

/** The second of a failover pair takes over all that the first one skips: that is what it is for. */
function isSuspect(entry: ReadableEntry, other: ReadableEntry): boolean {
  if (entry.conn.value === other.conn.value || isException(other, entry)) return false;
  // that an inner conn stands in front of the outer one is right, and the reverse has an error of its own
  if (other.over?.value === entry.conn.value || entry.over?.value === other.conn.value) return false;
  return isShadowing(other) || !isCovered(other.selector, [entry.selector]);
}

/** Who asks for a sender, a socket or a DSCP in front of one that asks for none has said what is special. */
function isException(first: ReadableEntry, later: ReadableEntry): boolean {
  const [one, other] = [first.selector, later.selector];
  const asksDscp = one.dscp !== undefined && other.dscp === undefined;
  const asksSocket = first.socket !== undefined && later.socket === undefined;
  return asksDscp || asksSocket || (isBySender(one) && !isBySender(other));
}

/** An entry that can never match has an error of its own. */
function isUseless({ selector }: ReadableEntry, earlier: readonly ReadableEntry[]): boolean {
  return isCovered(
    selector,
    earlier.filter(isShadowing).map((other) => other.selector),
  );
}

interface Overlapping {
  readonly other: ReadableEntry;
  readonly witness: Witness;
}

const MOST_LABELS = 4;

function overlap(
  { conn }: ReadableEntry,
  overlapping: readonly Overlapping[],
  { other, witness }: Overlapping,
): Diagnostic {
  const labels = overlapping
    .slice(0, MOST_LABELS)
    .map((one): Label => ({ span: one.other.conn.span, text: 'with this entry, which comes first' }));
  const rest = overlapping.length - labels.length;
  const more = rest > 0 ? ` It overlaps with ${String(rest)} more.` : '';
  return {
    code: 'SM1501',
    labels: [{ span: conn.span, text: 'overlaps' }, ...labels],
    detail: `For example ${exampleOf(witness)}: ${other.conn.value} takes it, not ${conn.value}.${more}`,
    help: 'right if the earlier one is an exception to this one; else give them networks, ports or protocols apart',
  };
}
