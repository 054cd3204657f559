import type { Cidr } from '../../src/domain/cidr.ts';
import { containsAddress } from '../../src/domain/cidr.ts';
import { isMarked } from '../../src/domain/mark.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { UDP } from '../../src/domain/protocol.ts';
import { BLOCKED, remembered } from '../../src/domain/saref.ts';
import type { Selector } from '../../src/domain/selector.ts';
import { MADE_HERE, matchesSelector } from '../../src/domain/selector.ts';
import { isBySender } from '../../src/domain/sender.ts';
import type { Decided } from '../../src/plan/decide.ts';
import { decide, isProtected } from '../../src/plan/decide.ts';
import type { ActiveEntry, MarkPlan } from '../../src/plan/plan.ts';
import { activeEntriesOf } from '../../src/plan/plan.ts';
import type { AnyEntry, AnyPolicy, Written } from './written.ts';

/** How a packet was decided. Exempt: an entry would have matched. */
type Rank = 'rank 1' | 'rank 2' | 'rank 3+' | 'exempt' | 'remembered' | 'none';

/** A packet and what became of it. */
export interface Case {
  readonly policy: AnyPolicy;
  readonly plan: MarkPlan;
  readonly packet: Packet;
  readonly decided: Decided;
  /** The entries that match, in their order. */
  readonly matching: readonly ActiveEntry[];
  /** The entry that decided, as it is written. */
  readonly written: AnyEntry | undefined;
}

export function caseOf(policy: AnyPolicy, plan: MarkPlan, packet: Packet): Case {
  const matching = activeEntriesOf(plan).filter(({ selector }) => matchesSelector(selector, packet));
  const decided = decide(plan, packet);
  const written = decided.entry && policy.entries[plan.entries.indexOf(decided.entry)];
  return { policy, plan, packet, decided, matching, written };
}

function rankOf({ plan, packet, decided: { entry }, matching }: Case): Rank {
  if (entry === undefined && !isMarked(packet.nfmark) && isMarked(packet.ctmark)) return 'remembered';
  if (entry === undefined) return matching.length > 0 ? 'exempt' : 'none';
  const index = activeEntriesOf(plan).indexOf(entry);
  return index === 0 ? 'rank 1' : index === 1 ? 'rank 2' : 'rank 3+';
}

function withoutSender(selector: Selector): Selector {
  return { ...selector, uid: undefined, gid: undefined, cgroup: undefined };
}

function isName({ text }: Written<Cidr>): boolean {
  return /^[A-Za-z_]/.test(String(text));
}

/** What makes a packet worth asking about, beside its rank. */
const TRAITS: Readonly<Record<string, (one: Case) => boolean>> = {
  // a later entry would have given it another mark
  contested: ({ decided: { entry }, matching }) =>
    entry !== undefined && matching.some(({ decision }) => decision.mark.value !== entry.decision.mark.value),
  blocked: ({ decided: { entry } }) => entry?.decision.kind === 'block',
  // by the second of a pair, or whoever comes behind an entry whose conn is down
  'failed over': ({ plan, packet, decided: { entry } }) =>
    entry !== undefined &&
    plan.entries
      .slice(0, plan.entries.indexOf(entry))
      .some(({ decision, selector }) => decision.kind === 'skip' && matchesSelector(selector, packet)),
  'by its ports': ({ decided: { entry } }) => (entry?.selector.sport ?? entry?.selector.dport) !== undefined,
  'by more ports than a match takes': ({ decided: { entry } }) =>
    [entry?.selector.sport, entry?.selector.dport].some((ranges = []) => ranges.length > 15),
  'by its interface': ({ decided: { entry } }) =>
    ![undefined, MADE_HERE].includes(entry?.selector.inInterface),
  'left of a closed socket': ({ decided: { entry } }) => entry?.selector.isStray === true,
  'by its sender': ({ decided: { entry } }) => entry !== undefined && isBySender(entry.selector),
  'in front of a sender': ({ plan, decided: { entry } }) =>
    entry !== undefined &&
    !isBySender(entry.selector) &&
    activeEntriesOf(plan)
      .slice(activeEntriesOf(plan).indexOf(entry))
      .some(({ selector }) => isBySender(selector)),
  'behind a sender, and another’s': ({ plan, packet, decided: { entry } }) =>
    entry !== undefined &&
    activeEntriesOf(plan)
      .slice(0, activeEntriesOf(plan).indexOf(entry))
      .some(({ selector }) => isBySender(selector) && matchesSelector(withoutSender(selector), packet)),
  'by its dscp': ({ decided: { entry } }) => entry?.selector.dscp !== undefined,
  'by a dst that is not the first': ({ packet, decided: { entry } }) =>
    [entry?.selector.dst?.[0]].some((first) => first !== undefined && !containsAddress(first, packet.dst)),
  'by a name': ({ written }) => [written?.src ?? [], written?.dst ?? []].flat().some(isName),
  'by the defaults': ({ policy: { defaults }, written }) =>
    written !== undefined &&
    (['src', 'dst', 'in'] as const).some((key) => defaults[key] !== undefined && written[key] === undefined),
  'by a SAref of its own': ({ written }) => written?.saref !== undefined,
  'own IPsec': (one) => rankOf(one) === 'exempt' && !isMarked(one.packet.nfmark) && !one.packet.dstIsLocal,
  'with bits of others': ({ packet, decided: { entry } }) => entry !== undefined && packet.nfmark !== 0,
  "with bits of others in its flow's mark": ({ packet, decided: { entry } }) =>
    entry !== undefined && packet.ctmark !== 0,
  "kept over its flow's mark": ({ packet }) => isMarked(packet.nfmark) && isMarked(packet.ctmark),
  'remembered against its entry': (one) =>
    rankOf(one) === 'remembered' &&
    one.matching[0] !== undefined &&
    one.matching[0].decision.mark.value !== remembered(one.packet.ctmark).value,
  'remembered without an entry': (one) => rankOf(one) === 'remembered' && one.matching.length === 0,
  protected: ({ plan, packet, decided: { nfmark } }) => isProtected(plan, packet) && !isMarked(nfmark),
  'protected, and decapsulated': ({ plan, packet }) =>
    isProtected(plan, packet) && packet.inInterface === plan.interface,
  'excepted from what is protected': ({ plan, packet }) =>
    plan.protect.some(({ network }) => containsAddress(network, packet.dst)) && !isProtected(plan, packet),
  'by its socket': ({ decided: { entry } }) => entry?.decision.kind === 'socket',
  'IKE of an inner conn': ({ plan, packet, decided: { entry } }) =>
    entry !== undefined && isOwnIke(plan, packet),
  'IKE of an outer conn': ({ plan, packet, decided: { nfmark } }) =>
    isOwnIke(plan, packet) &&
    !isMarked(nfmark) &&
    plan.outerPeers.some((peer) => containsAddress(peer, packet.dst)),
  'sent on to another client': ({ plan, packet, decided: { entry } }) =>
    entry !== undefined && packet.inInterface === plan.interface && isMarked(packet.nfmark),
  'an answer from client to client': ({ plan, packet, decided: { entry, nfmark } }) =>
    packet.inInterface === plan.interface &&
    entry === undefined &&
    nfmark !== packet.nfmark &&
    isMarked(packet.nfmark),
  'to an alias': ({ packet, decided: { dst, entry } }) => dst !== packet.dst && entry !== undefined,
  'to an alias, of a flow that was decided': ({ packet, decided: { dst, entry } }) =>
    dst !== packet.dst && entry === undefined,
  'in by a conn': (one) => learnedMark(one) !== undefined && learnedMark(one) !== BLOCKED.value,
  'in by a conn, over what its flow had': (one) =>
    isMarked(one.packet.ctmark) &&
    ![undefined, remembered(one.packet.ctmark).value].includes(learnedMark(one)),
  'in by nobody': (one) => learnedMark(one) === BLOCKED.value,
  'answered by tunnel': isAnswer,
  'answered by tunnel, against its entry': (one) =>
    isAnswer(one) &&
    one.matching[0] !== undefined &&
    one.matching[0].decision.mark.value !== remembered(one.packet.ctmark).value,
};

function isOwnIke({ ikePorts }: MarkPlan, { srcIsLocal, protocol, sport, dport }: Packet): boolean {
  return srcIsLocal && protocol === UDP && ikePorts.some((port) => port === sport || port === dport);
}

/** What the flow of a packet that comes in by mast is told. */
function learnedMark({ plan, packet, decided: { ctmark } }: Case): number | undefined {
  const isIn = plan.inbound !== undefined && packet.inInterface === plan.interface;
  return isIn && packet.direction !== 'reply' ? remembered(ctmark).value : undefined;
}

function isAnswer({ plan, packet }: Case): boolean {
  const isOut = packet.direction === 'reply' && packet.inInterface !== plan.interface;
  const isRemembered = isMarked(packet.ctmark) && !isMarked(packet.nfmark);
  return plan.inbound !== undefined && isOut && isRemembered;
}

/** In percent: a property that does not meet the interesting packets proves nothing. */
export const LEAST_SHARES = {
  'rank 1': 6.5,
  'rank 2': 3,
  'rank 3+': 3.5,
  exempt: 12,
  remembered: 7,
  none: 18,
  contested: 3.5,
  blocked: 1.8,
  'failed over': 1.2,
  'by its ports': 3,
  'by more ports than a match takes': 0.15,
  'by its interface': 3,
  'left of a closed socket': 0.03,
  'by its sender': 2,
  'in front of a sender': 1,
  'behind a sender, and another’s': 0.25,
  'by its dscp': 1,
  'by a name': 5,
  'by the defaults': 3.5,
  'by a SAref of its own': 1.4,
  'by a dst that is not the first': 0.8,
  'own IPsec': 2,
  'with bits of others': 5.5,
  "with bits of others in its flow's mark": 5.5,
  "kept over its flow's mark": 0.7,
  'remembered against its entry': 1,
  'remembered without an entry': 1,
  protected: 0.8,
  'protected, and decapsulated': 0.4,
  'excepted from what is protected': 1,
  'by its socket': 0.5,
  'IKE of an inner conn': 0.02,
  'IKE of an outer conn': 0.005,
  'sent on to another client': 0.5,
  'an answer from client to client': 0.005,
  'to an alias': 0.6,
  'to an alias, of a flow that was decided': 0.5,
  'in by a conn': 1,
  'in by a conn, over what its flow had': 0.1,
  'in by nobody': 1,
  'answered by tunnel': 1,
  'answered by tunnel, against its entry': 0.5,
};

export function kindsOf(one: Case): string[] {
  return [rankOf(one), ...Object.keys(TRAITS).filter((trait) => TRAITS[trait]?.(one))];
}
