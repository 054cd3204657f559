import type { Packet } from '../domain/packet.ts';
import type { Selector } from '../domain/selector.ts';
import { MADE_HERE } from '../domain/selector.ts';
import { aliasesOf } from '../plan/aliases.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { entryWitness } from './entry-witness.ts';
import { isBySender } from '../domain/sender.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { atAddresses } from './own-addresses.ts';
import type { Probe, Probes } from './probe.ts';
import { NOT_BETWEEN_HOSTS, probeOf, sameFlow, sentBySomebody, unsendable } from './probe.ts';
import { throughAlias } from './through-alias.ts';

/** What a host gives to its packets. */
export interface Ends {
  readonly own: OwnAddresses;
  /** A source port that no flow has: the memory of one would mark a probe in place of its entry. */
  readonly freshPort: number;
}

/**
 * For each entry that takes packets of the host itself one such, from an address of the host and from
 * the fresh port if the entry takes those. No two have the same header when they are sent, and none is one
 * flow with another when it leaves.
 */
export function liveProbes(plan: MarkPlan, ends: Ends): Probes {
  const local = activeEntriesOf(plan).filter(
    ({ selector: { inInterface = MADE_HERE } }) => inInterface === MADE_HERE,
  );
  const leaving: Packet[] = [];
  const found = local.map((entry) => {
    const probe = unsendable(entry) === undefined ? liveProbe({ plan, entry, ends, leaving }) : undefined;
    if (probe !== undefined) leaving.push(probe.leaving);
    return { entry, probe };
  });
  return {
    probes: found.flatMap(({ probe }) => probe ?? []),
    gaps: found
      .filter(({ probe }) => probe === undefined)
      .map(({ entry }) => {
        const isTaken = find({ plan, entry, ends, leaving: [] }, [], []) === undefined;
        const reason = isTaken
          ? 'earlier entries decide all such packets'
          : (unsendable(entry) ?? 'no packet of it goes from this host to another one');
        return { entry, hook: 'OUTPUT', reason, isTaken };
      }),
  };
}

interface About {
  readonly plan: MarkPlan;
  readonly entry: ActiveEntry;
  readonly ends: Ends;
  /** Those of other entries, as they leave. */
  readonly leaving: readonly Packet[];
}

/** What counts packets goes by their ends. */
function asksBesideEnds({ selector }: ActiveEntry): boolean {
  return isBySender(selector) || selector.dscp !== undefined;
}

function liveProbe(about: About): Probe | undefined {
  const { own, freshPort } = about.ends;
  const used = [atAddresses('dst', own), ...sharedFlows(about)];
  const others = [...NOT_BETWEEN_HOSTS, ...used, ...throughAlias(used, about.entry)];
  const fromOwn = atAddresses('src', own);
  const fresh = { sport: [{ first: freshPort, last: freshPort }] };
  for (const wish of [[fromOwn, fresh], [fromOwn], [fresh]]) {
    const probe = find(about, wish, others);
    if (probe !== undefined) return probe;
  }
  return find(about, [], others);
}

/** Where the ends tell all packets apart, and no packet is for an alias, two that are sent are not one flow. */
function sharedFlows({ plan, leaving }: About): Selector[] {
  const isPlain = aliasesOf(plan).length === 0 && !activeEntriesOf(plan).some(asksBesideEnds);
  return isPlain ? [] : leaving.flatMap(sameFlow);
}

function find(
  { plan, entry, ends }: About,
  within: readonly Selector[],
  without: readonly Selector[],
): Probe | undefined {
  const local = { inInterface: MADE_HERE };
  const packet = entryWitness(plan, entry, {
    hook: 'OUTPUT',
    within: [local, ...within],
    without,
  });
  if (packet === undefined) return undefined;
  const srcIsLocal = ends.own.addresses.includes(packet.src);
  return probeOf(plan, entry, { ...sentBySomebody(plan, entry, packet), srcIsLocal });
}
