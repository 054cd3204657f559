import { cidrText, containsAddress } from '../domain/cidr.ts';
import type { Mapping } from '../domain/selector-text.ts';
import { MOST_FILTERS } from './deletions.ts';
import type { Flow } from './flow.ts';

/** Aliases that are mapped otherwise than before, or were not, or are not any more. */
export function changedAliases(before: readonly Mapping[], after: readonly Mapping[]): Mapping[] {
  const isAmong = (one: Mapping, others: readonly Mapping[]): boolean =>
    others.some((other) => textOf(other) === textOf(one));
  const changed = [
    ...after.filter((one) => !isAmong(one, before)),
    ...before.filter((one) => !isAmong(one, after)),
  ];
  return [...new Map(changed.map((one) => [cidrText(one.alias), one])).values()];
}

function textOf({ alias, real }: Mapping): string {
  return `${cidrText(alias)} ${cidrText(real)}`;
}

export function flowsTo({ alias }: Mapping, flows: readonly Flow[]): Flow[] {
  return flows.filter(({ original }) => containsAddress(alias, original.dst));
}

/**
 * Filters of `conntrack -D` for flows to such aliases: nat is asked about the first packet of a flow, and
 * goes on as it was with all others. Flows may come up until nat is written, so all are looked for, unless
 * there are too many.
 */
export function aliasFilters(changed: readonly Mapping[], flows: readonly Flow[]): string[][] {
  const asked =
    changed.length <= MOST_FILTERS ? changed : changed.filter((one) => flowsTo(one, flows).length > 0);
  return asked.map(({ alias }) => ['-f', 'ipv4', '-d', cidrText(alias)]);
}
