import { oncePer } from '../domain/once.ts';
import { UDP } from '../domain/protocol.ts';
import type { ActiveEntry, MarkPlan } from './plan.ts';
import { activeEntriesOf } from './plan.ts';

/**
 * Entries that this host's own IKE is asked about, too: those of a conn that others are over, for the
 * networks that they name. One that is for every destination leads to the peer of the outer conn as well,
 * and that one's IKE must not go into itself.
 */
export const ikeLeaders = oncePer((plan: MarkPlan): readonly ActiveEntry[] => {
  const outer = new Set(plan.entries.flatMap(({ over }) => over ?? []));
  if (outer.size === 0) return [];
  return activeEntriesOf(plan).filter(({ conn, selector: { dst, protocol, inInterface } }) => {
    const namesNetworks = dst?.every(({ prefix }) => prefix > 0) === true;
    const isForIke = protocol === undefined || protocol === UDP;
    return outer.has(conn) && namesNetworks && isForIke && inInterface === undefined;
  });
});
