import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** The same numbers for the same seed. */
export interface Random {
  /** From 0 to below `count`. */
  below(count: number): number;
  pick<T>(list: readonly T[]): T;
}

export function randomOf(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const below = (count: number): number => uniformInt(generator, 0, count - 1);
  return { below, pick: <T>(list: readonly T[]) => list[below(list.length)] as T };
}
