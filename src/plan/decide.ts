import { isMarked, setXmark } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import { matchesSelector } from '../domain/selector.ts';
import { ESP, AH, UDP } from '../domain/protocol.ts';
import type { ActiveEntry, MarkPlan } from './plan.ts';
import { activeEntriesOf } from './plan.ts';

export interface Decided {
  /** The mark that the packet leaves the IPSEC chain with. */
  readonly nfmark: number;
  /** Absent where no entry had a say. */
  readonly entry: ActiveEntry | undefined;
}

/** The specification: what a policy means for one packet. */
export function decide(plan: MarkPlan, packet: Packet): Decided {
  const isExempt = isMarked(packet.nfmark) || packet.dstIsLocal || isOwnIpsec(plan, packet);
  const entry = isExempt
    ? undefined
    : activeEntriesOf(plan).find(({ selector }) => matchesSelector(selector, packet));
  return {
    nfmark: entry === undefined ? packet.nfmark : setXmark(packet.nfmark, entry.decision.mark),
    entry,
  };
}

/** The host's own IKE, ESP and AH carry the tunnels: a mark would send them into themselves. */
function isOwnIpsec({ ikePorts }: MarkPlan, { srcIsLocal, protocol, sport, dport }: Packet): boolean {
  const isIke = protocol === UDP && ikePorts.some((port) => port === sport || port === dport);
  return srcIsLocal && (isIke || protocol === ESP || protocol === AH);
}
