import { cidrText } from '../domain/cidr.ts';
import { networksIn } from '../domain/network-index.ts';
import { oncePer } from '../domain/once.ts';
import type { Mapping } from '../domain/selector-text.ts';
import type { Span } from '../diagnostics/source.ts';
import type { MarkPlan, PlannedEntry } from './plan.ts';

/** An alias of a conn. */
export interface Alias extends Mapping {
  readonly conn: string;
  /** The first entry that has it. */
  readonly origin: Span;
}

/** Each once, in the order of the entries; of those that are skipped, too: a conn comes and goes, its alias stays. */
export function aliasesOf({ entries }: Pick<MarkPlan, 'entries'>): readonly Alias[] {
  return aliasesAmong(entries);
}

/** The one that an address is in. */
export function aliasAt({ entries }: Pick<MarkPlan, 'entries'>, address: number): Alias | undefined {
  const place = placesAmong(entries)(address);
  return place === undefined ? undefined : aliasesAmong(entries)[place];
}

const aliasesAmong = oncePer((entries: readonly PlannedEntry[]): readonly Alias[] => {
  const aliases = new Map<string, Alias>();
  for (const { conn, selector, mapsTo, origin } of entries) {
    const alias = selector.dst?.[0];
    if (mapsTo === undefined || alias === undefined) continue;
    const key = cidrText(alias);
    if (!aliases.has(key)) aliases.set(key, { conn, alias, real: mapsTo, origin });
  }
  return [...aliases.values()];
});

const placesAmong = oncePer((entries: readonly PlannedEntry[]) =>
  networksIn(aliasesAmong(entries).map(({ alias }) => alias)),
);
