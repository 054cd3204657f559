import type { Cidr } from '../domain/cidr.ts';
import { cidrText } from '../domain/cidr.ts';
import type { Span } from '../diagnostics/source.ts';
import type { MarkPlan } from './plan.ts';

/** A network that stands for the real one of a conn, which has the same size. */
export interface Alias {
  readonly conn: string;
  readonly alias: Cidr;
  readonly real: Cidr;
  /** The first entry that has it. */
  readonly origin: Span;
}

/** Each once, in the order of the entries; of those that are skipped, too: a conn comes and goes, its alias stays. */
export function aliasesOf({ entries }: Pick<MarkPlan, 'entries'>): Alias[] {
  const aliases = new Map<string, Alias>();
  for (const { conn, selector, mapsTo, origin } of entries) {
    const [alias] = selector.dst ?? [];
    if (alias === undefined || mapsTo === undefined) continue;
    const key = cidrText(alias);
    if (!aliases.has(key)) aliases.set(key, { conn, alias, real: mapsTo, origin });
  }
  return [...aliases.values()];
}
