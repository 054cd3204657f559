import type { Selector } from '../domain/selector.ts';
import { MADE_HERE } from '../domain/selector.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { entryWitness } from './entry-witness.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { atAddresses } from './own-addresses.ts';
import type { Probe, Probes } from './probe.ts';
import { NOT_BETWEEN_HOSTS } from './probe.ts';

/**
 * For each entry that takes packets of the host itself one such, from an address of the host if the
 * entry takes that. None is decided by two entries, so no two have the same header.
 */
export function liveProbes(plan: MarkPlan, own: OwnAddresses): Probes {
  const local = activeEntriesOf(plan).filter(({ selector }) => selector.inInterface === undefined);
  const found = local.map((entry) => ({ entry, probe: liveProbe(plan, entry, own) }));
  return {
    probes: found.flatMap(({ probe }) => probe ?? []),
    gaps: found
      .filter(({ probe }) => probe === undefined)
      .map(({ entry }) => {
        const isTaken = find({ plan, entry, own }, [], []) === undefined;
        const reason = isTaken
          ? 'earlier entries decide all such packets'
          : 'no packet of it goes from this host to another one';
        return { entry, hook: 'OUTPUT', reason, isTaken };
      }),
  };
}

function liveProbe(plan: MarkPlan, entry: ActiveEntry, own: OwnAddresses): Probe | undefined {
  const others = [...NOT_BETWEEN_HOSTS, atAddresses('dst', own)];
  const about = { plan, entry, own };
  return find(about, [atAddresses('src', own)], others) ?? find(about, [], others);
}

interface About {
  readonly plan: MarkPlan;
  readonly entry: ActiveEntry;
  readonly own: OwnAddresses;
}

function find(
  { plan, entry, own }: About,
  within: readonly Selector[],
  without: readonly Selector[],
): Probe | undefined {
  const local = { inInterface: MADE_HERE };
  const packet = entryWitness(plan, entry, { hook: 'OUTPUT', within: [local, ...within], without });
  return packet && { entry, packet: { ...packet, srcIsLocal: own.addresses.includes(packet.src) } };
}
