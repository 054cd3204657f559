import type { Cidr } from '../domain/cidr.ts';
import { ipsecSelectors } from '../domain/ipsec.ts';
import type { Packet } from '../domain/packet.ts';
import type { PortRange } from '../domain/port-range.ts';
import type { Selector } from '../domain/selector.ts';
import { MADE_HERE } from '../domain/selector.ts';
import type { Witness } from '../domain/witness.ts';
import { witnessOf } from '../domain/witness.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';

/** A packet that is to be sent, and the entry that it is a witness for. */
export interface Probe {
  readonly entry: ActiveEntry;
  readonly packet: Packet;
}

export interface Probes {
  readonly probes: readonly Probe[];
  /** Entries for which there is no packet: earlier ones, or networks that cannot be used, take all of theirs. */
  readonly unprobed: readonly ActiveEntry[];
}

/** Never sent to or from: not routed, or not one host's (RFC 6890). */
const SPECIAL_NETWORKS: readonly Cidr[] = [
  { address: 0, prefix: 8 },
  { address: 0x7f000000, prefix: 8 },
  { address: 0xa9fe0000, prefix: 16 },
  { address: 0xe0000000, prefix: 3 },
];

/**
 * For each entry a packet made on the host and one that is forwarded, as far as the entry speaks of
 * such. No two of them have the same header, so that each can be told from all others.
 *
 * @param branchDevice where forwarded packets come in that may come in anywhere
 */
export function probesFor(plan: MarkPlan, branchDevice: string): Probes {
  const taken: Selector[] = SPECIAL_NETWORKS.flatMap((network) => [{ src: [network] }, { dst: [network] }]);
  const probes: Probe[] = [];
  const unprobed: ActiveEntry[] = [];
  for (const entry of activeEntriesOf(plan)) {
    const { inInterface } = entry.selector;
    const arrivals = inInterface === undefined ? [MADE_HERE, branchDevice] : [inInterface];
    const found = arrivals.flatMap((arrival): Probe[] => {
      const exempt = arrival === MADE_HERE ? ipsecSelectors(plan.ikePorts) : [];
      const witness = witnessOf([entry.selector, { inInterface: arrival }], [...taken, ...exempt]);
      if (witness === undefined) return [];
      taken.push(...notAgain(witness));
      return [{ entry, packet: packetOf(witness) }];
    });
    probes.push(...found);
    if (found.length === 0) unprobed.push(entry);
    taken.push(entry.selector);
  }
  return { probes, unprobed };
}

/**
 * The same header from wherever it comes; and an address that a packet was sent from is no destination
 * of another one: packets to the host itself are never marked.
 */
function notAgain({ src, dst, protocol, sport, dport }: Witness): Selector[] {
  const [from, to] = [src, dst].map((address): Cidr => ({ address, prefix: 32 })) as [Cidr, Cidr];
  const only = (port: number | undefined): PortRange[] | undefined =>
    port === undefined ? undefined : [{ first: port, last: port }];
  return [
    { src: [from], dst: [to], protocol, sport: only(sport), dport: only(dport) },
    { dst: [from] },
    { src: [to] },
  ];
}

function packetOf({ inInterface, ...header }: Witness): Packet {
  const isLocal = inInterface === MADE_HERE;
  return {
    ...header,
    ...(isLocal ? { hook: 'OUTPUT' } : { hook: 'PREROUTING', inInterface }),
    srcIsLocal: isLocal,
    dstIsLocal: false,
    nfmark: 0,
    ctmark: 0,
  };
}
