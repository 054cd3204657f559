import { diffArrays } from 'diff';
import { keyOf } from '../host/same-rule.ts';
import type { RestoreLine } from '../iptables/restore.ts';
import { declareChain } from '../iptables/restore.ts';
import type { TableRule } from '../iptables/table.ts';

/** Beyond this many rules that go or come, a chain is a new one, and finding out what stays takes too long. */
const MOST_EDITS = 4000;

/**
 * What brings a chain that is ours alone from the rules that it has to those that it should have. Rules
 * that stay are not touched, so their counters go on. A new chain is filled; so is one that keeps nothing.
 *
 * @param live undefined where there is no such chain
 */
export function chainLines(
  chain: string,
  live: readonly TableRule[] | undefined,
  target: readonly TableRule[],
): RestoreLine[] {
  const filled = [{ text: declareChain(chain) }, ...target.map((rule) => lineOf(`-A ${chain}`, rule))];
  if (live === undefined) return filled;
  if (live.length === 0 && target.length === 0) return [];
  const hunks = hunksOf(live, target);
  if (hunks === undefined) return filled;
  // from the last one to the first: then no number is another rule's by the time that it is looked up,
  // and none is that of a rule of this transaction, which iptables-nft-restore 1.8.9 cannot replace
  return hunks.toReversed().flatMap((hunk) => hunkLines(chain, hunk, live.length));
}

/** Rules of the live chain, from `number` on counted from 1, and what takes their place. */
interface Hunk {
  readonly number: number;
  readonly gone: number;
  readonly added: readonly TableRule[];
}

/** Undefined where nothing stays. */
function hunksOf(live: readonly TableRule[], target: readonly TableRule[]): Hunk[] | undefined {
  const { before, behind } = sameEnds(live, target);
  const middleOf = (rules: readonly TableRule[]): string[] =>
    rules.slice(before, rules.length - behind).map(keyOf);
  const parts = diffArrays(middleOf(live), middleOf(target), { maxEditLength: MOST_EDITS });
  const isKept = parts?.some(({ added, removed }) => !added && !removed) === true;
  if (parts === undefined || (!isKept && before + behind === 0)) return undefined;
  const hunks: Hunk[] = [];
  let [number, place] = [1 + before, before];
  for (const { added, removed, count } of parts) {
    const last = hunks.at(-1);
    const isAdjacent = last !== undefined && last.number + last.gone === number;
    if (removed) {
      hunks.push({ number, gone: count, added: [] });
      number += count;
    } else if (added) {
      const rules = target.slice(place, place + count);
      if (isAdjacent) hunks.splice(-1, 1, { ...last, added: rules });
      else hunks.push({ number, gone: 0, added: rules });
      place += count;
    } else {
      number += count;
      place += count;
    }
  }
  return hunks;
}

/** How many rules at the beginning and at the end have the same text: most of a long chain, as a rule. */
function sameEnds(
  live: readonly TableRule[],
  target: readonly TableRule[],
): { readonly before: number; readonly behind: number } {
  const most = Math.min(live.length, target.length);
  let [before, behind] = [0, 0];
  while (before < most && live[before]?.text === target[before]?.text) before += 1;
  while (before + behind < most && live.at(-1 - behind)?.text === target.at(-1 - behind)?.text) behind += 1;
  return { before, behind };
}

function hunkLines(chain: string, { number, gone, added }: Hunk, length: number): RestoreLine[] {
  const replaced = added.slice(0, gone);
  const inserted = added.slice(gone);
  const next = number + replaced.length;
  const isAtEnd = next > length;
  return [
    ...replaced.map((rule, index) => lineOf(`-R ${chain} ${String(number + index)}`, rule)),
    ...Array.from({ length: gone - replaced.length }, () => ({ text: `-D ${chain} ${String(next)}` })),
    ...(isAtEnd
      ? inserted.map((rule) => lineOf(`-A ${chain}`, rule))
      : inserted.toReversed().map((rule) => lineOf(`-I ${chain} ${String(next)}`, rule))),
  ];
}

function lineOf(command: string, { text, origin }: TableRule): RestoreLine {
  return { text: `${command} ${text}`.trimEnd(), origin };
}
