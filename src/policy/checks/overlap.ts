import type { Diagnostic, Label } from '../../diagnostics/diagnostic.ts';
import { inFrontOf } from '../../domain/overlap-index.ts';
import { isBySender } from '../../domain/sender.ts';
import type { Witness } from '../../domain/witness.ts';
import { isCovered, witnessOf } from '../../domain/witness.ts';
import type { ReadableEntry } from '../entry.ts';
import type { Policy } from '../policy.ts';
import { entryIndexOf } from './entry-index.ts';
import { exampleOf } from './example.ts';
import { isShadowing, takersIn } from './shadowed-entry.ts';

/** How many of the earlier entries that overlap with an entry are looked at: of many, the first ones are enough. */
const MOST_EARLIER = 32;

/** And how many packets of two entries are looked for, which takes longer. */
const MOST_WITNESSES = 8;

/** SM1501: two entries of different conns match the same packets. Right where the first one is the exception. */
export function checkOverlap(policy: Policy): Diagnostic[] {
  const known = entryIndexOf(policy);
  const { entries, overlapsWith, behindOthers } = known;
  const takersOf = takersIn(known);
  return behindOthers.flatMap((index) => {
    const entry = entries[index] as ReadableEntry;
    const places = inFrontOf(overlapsWith(entry.selector), index, MOST_EARLIER);
    const earlier = places.map((place) => entries[place] as ReadableEntry);
    const suspects = earlier.filter((other) => isSuspect(entry, other));
    // an entry that can never match has an error of its own
    if (suspects.length === 0 || takersOf(entry, index).length > 0) return [];
    const overlapping = suspects.slice(0, MOST_WITNESSES).flatMap((other) => {
      const witness = witnessBetween(entry, other, earlier);
      return witness === undefined ? [] : [{ other, witness }];
    });
    const [first] = overlapping;
    if (first === undefined) return [];
    const unseen = suspects.length - MOST_WITNESSES;
    return [overlap(entry, { first, overlapping, unseen, isCut: places.length === MOST_EARLIER })];
  });
}

/** What the entries in front of both take is not between these two. */
function witnessBetween(
  entry: ReadableEntry,
  other: ReadableEntry,
  earlier: readonly ReadableEntry[],
): Witness | undefined {
  const inFront = earlier.slice(0, earlier.indexOf(other)).filter(isShadowing);
  return witnessOf(
    [other.selector, entry.selector],
    inFront.map(({ selector }) => selector),
  );
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

interface Overlapping {
  readonly other: ReadableEntry;
  readonly witness: Witness;
}

interface Overlaps {
  readonly first: Overlapping;
  readonly overlapping: readonly Overlapping[];
  /** How many more there may be that were not looked at; less than 1 where all were. */
  readonly unseen: number;
  /** Whether there may be others beyond these. */
  readonly isCut: boolean;
}

const MOST_LABELS = 4;

function overlap({ conn }: ReadableEntry, overlaps: Overlaps): Diagnostic {
  const { other, witness } = overlaps.first;
  const labels = overlaps.overlapping
    .slice(0, MOST_LABELS)
    .map((one): Label => ({ span: one.other.conn.span, text: 'with this entry, which comes first' }));
  return {
    code: 'SM1501',
    labels: [{ span: conn.span, text: 'overlaps' }, ...labels],
    detail: `For example ${exampleOf(witness)}: ${other.conn.value} takes it, not ${conn.value}.${restText(overlaps)}`,
    help: 'right if the earlier one is an exception to this one; else give them networks, ports or protocols apart',
  };
}

function restText({ overlapping, unseen, isCut }: Overlaps): string {
  const rest = Math.max(0, overlapping.length - MOST_LABELS);
  if (unseen > 0)
    return ` It may overlap with ${String(rest + unseen)} more${isCut ? ', or with others' : ''}.`;
  return rest > 0 ? ` It overlaps with ${String(rest)} more.` : '';
}
