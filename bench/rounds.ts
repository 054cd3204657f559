export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  const at = (place: number): number => sorted[place] as number;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}

/**
 * Each round, all take a turn: what else the machine does meanwhile hits all alike, and what one of them
 * measured in a round may be taken from what another did.
 *
 * @returns by name, one value a round
 */
export async function inTurns<Turns extends Readonly<Record<string, Turn>>>(
  rounds: number,
  turns: Turns,
): Promise<{ -readonly [Name in keyof Turns]: number[] }> {
  const values = Object.keys(turns).map((name) => [name, [] as number[]] as const);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, list] of values) list.push(await (turns[name] as Turn)());
  }
  return Object.fromEntries(values) as { -readonly [Name in keyof Turns]: number[] };
}

/** Measures something once. */
export type Turn = () => Promise<number>;

/** Round by round, what one took more than the other. */
export function differenceOf(values: readonly number[], base: readonly number[]): Spread {
  return spreadOf(values.map((value, round) => value - (base[round] as number)));
}
