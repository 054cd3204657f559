import type { Selector } from '../domain/selector.ts';
import { MADE_HERE } from '../domain/selector.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { entryWitness } from './entry-witness.ts';
import { isBySender } from '../domain/sender.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { atAddresses } from './own-addresses.ts';
import type { Probe, Probes } from './probe.ts';
import { NOT_BETWEEN_HOSTS, sameFlow, sentBySomebody, unsendable } from './probe.ts';

/** What a host gives to its packets. */
export interface Ends {
  readonly own: OwnAddresses;
  /** A source port that no flow has: the memory of one would mark a probe in place of its entry. */
  readonly freshPort: number;
}

/**
 * For each entry that takes packets of the host itself one such, from an address of the host and from
 * the fresh port if the entry takes those. No two have the same header.
 */
export function liveProbes(plan: MarkPlan, ends: Ends): Probes {
  const local = activeEntriesOf(plan).filter(
    ({ selector: { inInterface = MADE_HERE } }) => inInterface === MADE_HERE,
  );
  const used: Selector[] = [];
  const found = local.map((entry) => {
    const probe = unsendable(entry) === undefined ? liveProbe({ plan, entry, ends, used }) : undefined;
    if (probe !== undefined && asksBesideEnds(entry)) used.push(...sameFlow(probe.packet));
    return { entry, probe };
  });
  return {
    probes: found.flatMap(({ probe }) => probe ?? []),
    gaps: found
      .filter(({ probe }) => probe === undefined)
      .map(({ entry }) => {
        const isTaken = find({ plan, entry, ends, used: [] }, [], []) === undefined;
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
  /** Flows of packets that others send: no header tells these apart from theirs. */
  readonly used: readonly Selector[];
}

/** What counts packets goes by their ends. */
function asksBesideEnds({ selector }: ActiveEntry): boolean {
  return isBySender(selector) || selector.dscp !== undefined;
}

function liveProbe(about: About): Probe | undefined {
  const { own, freshPort } = about.ends;
  const others = [...NOT_BETWEEN_HOSTS, atAddresses('dst', own)];
  const fromOwn = atAddresses('src', own);
  const fresh = { sport: [{ first: freshPort, last: freshPort }] };
  for (const wish of [[fromOwn, fresh], [fromOwn], [fresh]]) {
    const probe = find(about, wish, others);
    if (probe !== undefined) return probe;
  }
  return find(about, [], others);
}

function find(
  { plan, entry, ends, used }: About,
  within: readonly Selector[],
  without: readonly Selector[],
): Probe | undefined {
  const local = { inInterface: MADE_HERE };
  const packet = entryWitness(plan, entry, {
    hook: 'OUTPUT',
    within: [local, ...within],
    without: [...without, ...used],
  });
  if (packet === undefined) return undefined;
  const sent = sentBySomebody(plan, entry, packet);
  return { entry, packet: { ...sent, srcIsLocal: ends.own.addresses.includes(packet.src) } };
}
