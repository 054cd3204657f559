import type { Spread } from './rounds.ts';

/** One line of the table: what a thing costs with us, and with somebody else in the same run. */
export interface Figure {
  readonly what: string;
  readonly unit: Unit;
  readonly ours: Spread;
  readonly peer: Peer;
  readonly ratio?: Ratio;
  /** Of ours, in its unit. */
  readonly most?: number;
}

export type Unit = 'ns' | 'ms' | 'MB' | 'MB/s' | 'packets';

export type Peer =
  | { readonly kind: 'measured'; readonly name: string; readonly spread: Spread }
  | { readonly kind: 'missing'; readonly name: string }
  | { readonly kind: 'none' };

/** `less`: how many times ours goes into the peer's. `times`: how many times the peer's goes into ours. */
export interface Ratio {
  readonly kind: 'less' | 'times';
  /** At least, or at most; absent where the ratio is told and nothing is asked. */
  readonly reach?: number;
}

export function measured(name: string, spread: Spread): Peer {
  return { kind: 'measured', name, spread };
}

/** Of the medians; undefined where there is nothing to compare with. */
export function ratioOf({ ours, peer, ratio }: Figure): number | undefined {
  if (ratio === undefined || peer.kind !== 'measured') return undefined;
  const [mine, theirs] = [ours.median, peer.spread.median];
  return ratio.kind === 'less' ? theirs / mine : mine / theirs;
}

/** What is asked of the figure, in words; undefined where it is only told. */
export function reachText({ ratio, most, unit }: Figure): string | undefined {
  if (most !== undefined) return `at most ${String(most)} ${unit}`;
  if (ratio?.reach === undefined) return undefined;
  return ratio.kind === 'less' ? `at least ${String(ratio.reach)}x less` : `at most ${String(ratio.reach)}x`;
}

/** Undefined where nothing is asked, or nothing can be said. */
export function isReached(figure: Figure): boolean | undefined {
  const { ours, ratio, most } = figure;
  if (most !== undefined) return ours.median <= most;
  const value = ratioOf(figure);
  if (ratio?.reach === undefined || value === undefined) return undefined;
  return ratio.kind === 'less' ? value >= ratio.reach : value <= ratio.reach;
}
