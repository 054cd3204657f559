import { ipsecSelectors } from '../domain/ipsec.ts';
import { oncePer } from '../domain/once.ts';
import { inFrontOf, overlapsIn } from '../domain/overlap-index.ts';
import type { Packet } from '../domain/packet.ts';
import type { Selector } from '../domain/selector.ts';
import { commonOf, MADE_HERE } from '../domain/selector.ts';
import { witnessOf } from '../domain/witness.ts';
import { decide } from '../plan/decide.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { packetOf } from './probe.ts';

/** Which packets of an entry are looked for. */
export interface Wish {
  readonly hook: Packet['hook'];
  readonly within: readonly Selector[];
  readonly without: readonly Selector[];
}

/**
 * A packet that this entry decides, of those that are wished for; undefined where there is none. Exact:
 * a packet that matches is mostly decided by the entry, too, and where it is not, those that go before
 * are taken away.
 */
export function entryWitness(plan: MarkPlan, entry: ActiveEntry, wish: Wish): Packet | undefined {
  const { hook, within, without } = wish;
  const wanted = [entry.selector, ...within];
  const first = witnessOf(wanted, without);
  if (first === undefined) return undefined;
  const packet = packetOf(first, hook);
  if (decide(plan, packet).entry === entry) return packet;
  const witness = witnessOf(wanted, [...without, ...aheadOf(plan, entry)]);
  return witness && packetOf(witness, hook);
}

/** What is decided before an entry is asked, as far as it would be asked. */
function aheadOf(plan: MarkPlan, entry: ActiveEntry): Selector[] {
  const { overlapping, places } = orderOf(activeEntriesOf(plan));
  const earlier = inFrontOf(overlapping(entry.selector), places.get(entry) as number);
  const exempt = ipsecSelectors(plan.ikePorts).map((selector) => ({ ...selector, inInterface: MADE_HERE }));
  return [
    ...exempt.filter((selector) => commonOf(selector, entry.selector) !== undefined),
    ...earlier.map((place) => (activeEntriesOf(plan)[place] as ActiveEntry).selector),
  ];
}

const orderOf = oncePer((entries: readonly ActiveEntry[]) => ({
  overlapping: overlapsIn(entries.map(({ selector }) => selector)),
  places: new Map(entries.map((entry, place) => [entry, place])),
}));
