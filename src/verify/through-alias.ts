import { mappedInto } from '../domain/cidr.ts';
import type { Selector } from '../domain/selector.ts';
import { commonOf } from '../domain/selector.ts';
import type { PlannedEntry } from '../plan/plan.ts';

/** The packets to the alias of an entry that nat makes such packets of; none where it has no alias. */
export function throughAlias(
  packets: readonly Selector[],
  { selector: { dst: [alias] = [] }, mapsTo }: Pick<PlannedEntry, 'selector' | 'mapsTo'>,
): Selector[] {
  if (alias === undefined || mapsTo === undefined) return [];
  return packets.flatMap((one) => {
    const { dst } = commonOf(one, { dst: [mapsTo] }) ?? {};
    const toAlias = dst?.map(({ address, prefix }) => ({ address: mappedInto(alias, address), prefix }));
    return toAlias === undefined ? [] : [{ ...one, dst: toAlias }];
  });
}
