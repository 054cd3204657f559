import { SINGLE_BITS } from '../../src/domain/mark.ts';
import { marked } from '../../src/iptables/build.ts';
import { printRule } from '../../src/iptables/print-rule.ts';
import type { RestoreLine } from '../../src/iptables/restore.ts';
import { declareChain } from '../../src/iptables/restore.ts';

/** How packets of one kind ended their way, leaving or in the host itself. */
export interface Tally {
  readonly elsewhere: number;
  readonly onMast: number;
  /** How many had this bit of the mark, lowest first. */
  readonly bits: readonly number[];
}

/** One packet's end. */
export interface End {
  readonly onMast: boolean;
  readonly nfmark: number;
}

const HUB = 'TALLY';

function chainOf(index: number): string {
  return `${HUB}-${String(index)}`;
}

/** Without privileges nf_tables takes no more than some 200 kB at once: a socket's buffer. */
const BATCH = 12;

/** Rules without a target: for each kind, given as matches of iptables, one per device and bit. */
export function tallyBatches(kinds: readonly string[]): RestoreLine[][] {
  const bits = SINGLE_BITS.map((bit) =>
    printRule({ kind: 'rule', builtins: {}, matches: [marked(bit)], target: undefined }),
  );
  const batches = [[declareChain(HUB), ...['POSTROUTING', 'INPUT'].map((chain) => `-A ${chain} -j ${HUB}`)]];
  kinds.forEach((kind, index) => {
    if (index % BATCH === 0) batches.push([]);
    batches
      .at(-1)
      ?.push(
        declareChain(chainOf(index)),
        `-A ${HUB} ${kind} -j ${chainOf(index)}`,
        ...['! -o mast0', '-o mast0', ...bits].map((counter) => `-A ${chainOf(index)} ${counter}`),
      );
  });
  return batches.map((lines) => lines.map((text) => ({ text })));
}

/** From `iptables-save -c`, in the order of the kinds. */
export function readTallies(text: string): Tally[] {
  const counted: number[][] = [];
  for (const [, packets, index] of text.matchAll(/^\[(\d+):\d+\] -A TALLY-(\d+) /gm))
    (counted[Number(index)] ??= []).push(Number(packets));
  return counted.map(([elsewhere = 0, onMast = 0, ...bits]) => ({ elsewhere, onMast, bits }));
}

export function tallyOf(ends: readonly End[], copies: number): Tally {
  const count = (isCounted: (end: End) => boolean): number => ends.filter(isCounted).length * copies;
  return {
    elsewhere: count(({ onMast }) => !onMast),
    onMast: count(({ onMast }) => onMast),
    bits: SINGLE_BITS.map(({ value }) => count(({ nfmark }) => Math.floor(nfmark / value) % 2 === 1)),
  };
}

export function tallyBetween(before: Tally, after: Tally): Tally {
  return {
    elsewhere: after.elsewhere - before.elsewhere,
    onMast: after.onMast - before.onMast,
    bits: after.bits.map((count, bit) => count - (before.bits[bit] ?? 0)),
  };
}

/** `2 mast0, bits 31 16`, to be read in an error. */
export function tallyText({ elsewhere, onMast, bits }: Tally): string {
  const set = bits.flatMap((count, bit) => (count === 0 ? [] : `${String(bit)}x${String(count)}`)).reverse();
  return `${String(onMast)} on mast0, ${String(elsewhere)} elsewhere, bits ${set.join(' ') || 'none'}`;
}
