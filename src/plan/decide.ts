import { containsAddress, mappedInto } from '../domain/cidr.ts';
import { isMarked, matchesMark, setXmark } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import { AH, ESP, UDP } from '../domain/protocol.ts';
import { BLOCKED, remembered } from '../domain/saref.ts';
import { isBySomebody } from '../domain/sender.ts';
import { aliasAt } from './aliases.ts';
import { firstMatch } from './first-match.ts';
import { ikeLeaders } from './nested.ts';
import { onwardConns, onwardEntriesOf, outwardEntriesOf } from './onward.ts';
import type { ActiveEntry, MarkPlan } from './plan.ts';
import { answeredConns, arrivedBy } from './plan.ts';
import { isInProtected } from './protected.ts';

export interface Decided {
  /** The mark that the packet leaves the IPSEC chain with. */
  readonly nfmark: number;
  /** What its flow remembers from then on. */
  readonly ctmark: number;
  /** Whether mast is to take it, and not only to have given it. */
  readonly leavesByMast: boolean;
  /** Where the packet goes: to the real network, if it is marked and for an alias. */
  readonly dst: number;
  /** Absent where no entry had a say: the packet is exempt, its flow has a mark already, or none matches. */
  readonly entry: ActiveEntry | undefined;
}

/** The specification: what a policy means for one packet. */
export function decide(plan: MarkPlan, arrived: Packet): Decided {
  const packet = { ...arrived, ctmark: arrivalMark(plan, arrived) };
  const onward = decideOnward(plan, packet);
  const marks = onward ?? decideMarks(plan, packet);
  const isSent = onward !== undefined || isSentToMast(plan, packet, marks.nfmark);
  return {
    ...marks,
    leavesByMast: isSent && !packet.dstIsLocal,
    dst: mappedDst(plan, packet, marks.nfmark),
  };
}

/** The mark of what mast has decapsulated is no decision, but for SAref 0 where some of that is sent on. */
function isSentToMast(plan: MarkPlan, { inInterface }: Packet, nfmark: number): boolean {
  if (inInterface !== plan.interface) return isMarked(nfmark);
  return matchesMark(nfmark, BLOCKED) && onwardEntriesOf(plan).length > 0;
}

type Marks = Pick<Decided, 'nfmark' | 'ctmark' | 'entry'>;

/**
 * What mast has decapsulated and an entry sends on by another conn; undefined for all else. Where flows are
 * told by which conn they are to be answered, answers go by that, if it is not the one that they come in by.
 */
function decideOnward(plan: MarkPlan, packet: Packet): Marks | undefined {
  const { inInterface, dstIsLocal, direction, nfmark, ctmark } = packet;
  if (inInterface !== plan.interface || dstIsLocal) return undefined;
  if (plan.inbound !== undefined && direction === 'reply') {
    const from = arrivedBy(onwardConns(plan), nfmark);
    if (from === undefined || !isMarked(ctmark) || matchesMark(ctmark, from.answer.mark)) return undefined;
    return { nfmark: setXmark(nfmark, remembered(ctmark)), ctmark, entry: undefined };
  }
  const entry = firstMatch(onwardEntriesOf(plan), packet);
  return entry && { nfmark: setXmark(nfmark, entry.decision.mark), ctmark, entry };
}

function decideMarks(plan: MarkPlan, packet: Packet): Marks {
  const { nfmark, ctmark } = packet;
  if (isMarked(nfmark)) return { nfmark, ctmark, entry: undefined };
  if (isMarked(ctmark)) return { nfmark: setXmark(nfmark, remembered(ctmark)), ctmark, entry: undefined };
  const entry = firstMatch(entriesFor(plan, packet), packet);
  if (entry === undefined) return { nfmark, ctmark, entry: undefined };
  const { mark } = entry.decision;
  return {
    nfmark: setXmark(nfmark, mark),
    ctmark: plan.tracking === 'flow' || isBySomebody(entry.selector) ? setXmark(ctmark, mark) : ctmark,
    entry,
  };
}

/** Those that have a say: of the host's own IKE the conns that carry others, of its ESP and AH nobody. */
function entriesFor(plan: MarkPlan, packet: Packet): readonly ActiveEntry[] {
  if (packet.dstIsLocal) return [];
  if (!isOwnIpsec(plan, packet)) return outwardEntriesOf(plan);
  const isForOuterPeer = plan.outerPeers.some((peer) => containsAddress(peer, packet.dst));
  return packet.protocol === UDP && !isForOuterPeer ? ikeLeaders(plan) : [];
}

/**
 * The memory of a packet's flow: what comes in by mast is answered by the conn that it came in by, and by
 * none where that is not known.
 */
function arrivalMark(plan: MarkPlan, packet: Packet): number {
  const { inInterface, direction, nfmark, ctmark } = packet;
  if (plan.inbound === undefined || inInterface !== plan.interface || direction === 'reply') return ctmark;
  const known = arrivedBy(answeredConns(plan), nfmark);
  if (known !== undefined) return setXmark(ctmark, known.answer.mark);
  return isMarked(ctmark) ? ctmark : setXmark(ctmark, BLOCKED);
}

/** Whether a packet is for a network that is reached by mast or not at all, an alias among them. */
export function isProtected(plan: MarkPlan, packet: Packet): boolean {
  return !packet.dstIsLocal && !isOwnIpsec(plan, packet) && isInProtected(plan, packet.dst);
}

/** Of a flow's first packet: conntrack remembers for all others. Answers come from the alias by the same memory. */
function mappedDst(plan: MarkPlan, { dst, direction, inInterface }: Packet, nfmark: number): number {
  if (!isMarked(nfmark) || direction === 'reply' || inInterface === plan.interface) return dst;
  const found = aliasAt(plan, dst);
  return found === undefined ? dst : mappedInto(found.real, dst);
}

/** The host's own IKE, ESP and AH carry the tunnels: a mark would send them into themselves. */
function isOwnIpsec({ ikePorts }: MarkPlan, { srcIsLocal, protocol, sport, dport }: Packet): boolean {
  const isIke = protocol === UDP && ikePorts.some((port) => port === sport || port === dport);
  return srcIsLocal && (isIke || protocol === ESP || protocol === AH);
}
