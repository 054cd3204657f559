import type { Cidr } from '../domain/cidr.ts';
import { containsAddress } from '../domain/cidr.ts';
import { isMarked } from '../domain/mark.ts';
import { LAST_DSCP } from '../domain/dscp.ts';
import type { Packet } from '../domain/packet.ts';
import { BLOCKED, remembered } from '../domain/saref.ts';
import { MADE_HERE, matchesSelector } from '../domain/selector.ts';
import type { Sender } from '../domain/sender.ts';
import { isBySender } from '../domain/sender.ts';
import type { Arrivals } from '../plan/arrivals.ts';
import type { Clause } from '../plan/clauses.ts';
import { NOBODY } from '../plan/clauses.ts';
import type { Translation } from '../plan/translations.ts';
import { translationsOf, UNDECIDED } from '../plan/translations.ts';
import type { ArrivalSituation } from './arrived.ts';
import { changedArrivals } from './arrived.ts';
import type { Flow, Tuple } from './flow.ts';

/** What decides about running flows. */
export interface Situation {
  /** Of the rules that stand; none where they leave no memory to flows. */
  readonly before: readonly Clause[];
  readonly after: readonly Clause[];
  /** What the rules that stand translate. */
  readonly standing: readonly Translation[];
  /** Undefined where nobody can tell. */
  readonly flows: readonly Flow[] | undefined;
  /** What the kernel takes for addresses of this host. */
  readonly own: readonly Cidr[];
  /** Flows that come in by mast. */
  readonly arrivals: { readonly before: Arrivals; readonly after: Arrivals };
  /** Whether flows have a memory from now on. */
  readonly isByFlow: boolean;
}

export interface ChangedFlows {
  /** For the rules, from the moment on that the new entries stand. */
  readonly translations: readonly Translation[];
  /** Those of them that are still needed when all else is done. */
  readonly lasting: readonly Translation[];
  /** They stay with their conn and get its new mark by their next packet. */
  readonly followed: readonly Flow[];
  /** Their next packet is to decide anew. */
  readonly again: readonly Flow[];
}

/** Flows that came in by mast are known by their zone; the entries have a say in all others. */
export function changedFlows(situation: Situation): ChangedFlows {
  const { flows, arrivals, standing, after } = situation;
  const isKnown = arrivals.before.isLearned || arrivals.after.isLearned;
  const isZoned = ({ zone }: Flow): boolean => isKnown && zone !== undefined;
  const bySender = situation.before.filter(({ selector }) => isBySender(selector));
  const entryMarks = new Set(after.flatMap(({ outcome }) => outcome?.nfmark ?? []));
  const ofSide = (side: Translation['of']): Translation[] => standing.filter(({ of = side }) => of === side);
  const arrival: ArrivalSituation = { ...arrivals, standing: ofSide('answers'), entryMarks };
  const arrived = changedArrivals(arrival, flows?.filter(isZoned));
  const opened = changedOpened({
    ...situation,
    standing: ofSide('opened'),
    flows: flows?.filter((flow) => !isZoned(flow)),
  });
  const sent = new Set(bySender.map(({ outcome }) => outcome?.nfmark));
  const merge = (part: 'translations' | 'lasting'): Translation[] =>
    inOrder(
      merged(opened[part], arrived[part], arrivals.after.isLearned).flatMap((one) =>
        sent.has(one.from) && one.of !== 'answers' ? blockedMeanwhile(one) : [one],
      ),
    );
  return {
    translations: merge('translations'),
    lasting: merge('lasting'),
    followed: [...opened.followed, ...arrived.followed],
    again: [...opened.again, ...arrived.again],
  };
}

/**
 * A flow that a sender may have decided is blocked until its conntrack entry is deleted, where others are
 * undecided: its next packet may be what is left of a closed socket, which no entry knows.
 */
function blockedMeanwhile(translation: Translation): Translation[] {
  if (translation.to !== UNDECIDED) return [translation];
  return translation.from === BLOCKED.value ? [] : [{ ...translation, to: BLOCKED.value }];
}

/** One rule for both sides where they agree. What is decided anew is to leave answers to arrivals alone. */
function merged(
  opened: readonly Translation[],
  answers: readonly Translation[],
  isLearned: boolean,
): Translation[] {
  const ofFlows = opened.map((one): Translation => {
    const other = answers.find(({ from }) => from === one.from);
    const isForAll = other === undefined ? !isLearned || one.to !== UNDECIDED : other.to === one.to;
    return isForAll ? one : { ...one, of: 'opened' };
  });
  const ofAnswers = answers
    .filter(
      ({ from, to }) => !ofFlows.some((one) => one.from === from && one.to === to && one.of === undefined),
    )
    .map((one): Translation => ({ ...one, of: 'answers' }));
  return [...ofFlows, ...ofAnswers];
}

/**
 * A flow stays in peace when its mark, or what that is translated to, is the decision for the packet
 * that once decided it. Which of its packets that was is not in conntrack, nor where it came in: each is
 * taken into account that may have been, and where they disagree the flow is decided again.
 */
function changedOpened(situation: Situation): ChangedFlows {
  const known = translationsOf(situation);
  const { flows, standing, before } = situation;
  if (flows === undefined) {
    const translations = inOrder([...known, ...stillNeeded(situation, known)]);
    return { translations, lasting: translations, followed: [], again: [] };
  }
  const cut = new Set(flows.filter((flow) => isCut(situation, flow)));
  const decided = flows.filter((flow) => isDecided(flow) || cut.has(flow));
  const ways = waysOf(situation);
  const peaceful = new Set(
    decided.filter((flow) => !cut.has(flow) && staysIn(situation, { flow, known, ways })),
  );
  const followed = [...peaceful].filter((flow) => translatedBy(known, markOf(flow)) !== markOf(flow));
  const again = decided.filter((flow) => !peaceful.has(flow));
  const followedFrom = new Set(followed.map(markOf));
  const fresh = new Set(before.map(({ outcome }) => outcome?.nfmark));
  const anew = new Map([
    ...known
      .filter((one) => one.to === UNDECIDED && fresh.has(one.from))
      .map(({ from, conn }) => [from, conn] as const),
    ...again
      .filter(isDecided)
      .map((flow) => [markOf(flow), ownerOf(markOf(flow), before, standing)] as const),
  ]);
  const lasting = known.filter((one) => one.to !== UNDECIDED && followedFrom.has(one.from));
  const whole = known.filter(
    (one) =>
      one.to !== UNDECIDED && (followedFrom.has(one.from) || fresh.has(one.from)) && !anew.has(one.from),
  );
  return {
    translations: inOrder([...[...anew].map(([from, conn]) => ({ conn, from, to: UNDECIDED })), ...whole]),
    lasting: inOrder(lasting),
    followed,
    again,
  };
}

export function markOf({ ctmark }: Flow): number {
  return remembered(ctmark).value;
}

function isDecided({ ctmark }: Flow): boolean {
  return isMarked(ctmark);
}

/**
 * Whether a flow came in by mast before its conn got a zone, as far as that can be told: the entries speak
 * of its answers and not of itself. Its next packet would be the first one of another flow.
 */
function isCut(situation: Situation, flow: Flow): boolean {
  const { before, after } = situation.arrivals;
  const isAdded = [...after.zones.keys()].some((conn) => !before.zones.has(conn));
  if (!isAdded || !isArrival(situation, flow)) return false;
  return markOf(flow) === BLOCKED.value || isSpokenOf(situation, flow, 'reply');
}

/** A flow from elsewhere that no entry speaks of. */
function isArrival(situation: Situation, flow: Flow): boolean {
  const isOwn = situation.own.some((network) => containsAddress(network, flow.original.src));
  return !isOwn && !isSpokenOf(situation, flow, 'original');
}

function isSpokenOf(situation: Situation, flow: Flow, side: 'original' | 'reply'): boolean {
  const { before, after, own } = situation;
  const sideOnly = { ...flow, original: flow[side], reply: flow[side] };
  return packetsOf(sideOnly, own, waysOf(situation)).some(
    (packet) => (decisionOf(before, packet) ?? decisionOf(after, packet)) !== undefined,
  );
}

/**
 * What is decided anew stands in front, and what is blocked behind it: no translation is to be seen by
 * them in the same pass.
 */
function inOrder(translations: readonly Translation[]): Translation[] {
  const rank = ({ to }: Translation): number => [UNDECIDED, BLOCKED.value, to].indexOf(to);
  return translations.toSorted((one, other) => rank(one) - rank(other) || one.from - other.from);
}

/** Without a listing: what stands and has not come true may still have flows. */
function stillNeeded({ standing, after }: Situation, known: readonly Translation[]): Translation[] {
  return standing
    .filter(({ from }) => !known.some((one) => one.from === from))
    .filter(
      ({ conn, from }) => !after.some(({ outcome }) => outcome?.conn === conn && outcome.nfmark === from),
    )
    .map((one) => ({ ...one, to: UNDECIDED }));
}

function ownerOf(nfmark: number, before: readonly Clause[], standing: readonly Translation[]): string {
  const owner = before.find(({ outcome }) => outcome?.nfmark === nfmark)?.outcome;
  return owner?.conn ?? standing.find(({ from }) => from === nfmark)?.conn ?? NOBODY;
}

interface Judged {
  readonly flow: Flow;
  readonly known: readonly Translation[];
  readonly ways: Ways;
}

function staysIn(situation: Situation, { flow, known, ways }: Judged): boolean {
  const { before, after, standing, own, arrivals, isByFlow } = situation;
  const mark = markOf(flow);
  // it came in by a conn that nobody knows
  if (mark === BLOCKED.value && arrivals.after.isLearned && isArrival(situation, flow)) return true;
  if (!isByFlow) return false;
  const was = translatedBy(standing, mark);
  const is = translatedBy(known, mark);
  const decisions = packetsOf(flow, own, ways).map((packet) => ({
    before: decisionOf(before, packet),
    after: decisionOf(after, packet),
  }));
  const telling = decisions.filter((decision) => decision.before === was);
  const judged = telling.length > 0 ? telling : decisions.filter((decision) => decision.after !== undefined);
  return judged.length > 0 && judged.every((decision) => decision.after === is);
}

/** As it is where nothing is translated, or is decided anew. */
function translatedBy(translations: readonly Translation[], nfmark: number): number {
  const to = translations.find(({ from }) => from === nfmark)?.to ?? UNDECIDED;
  return to === UNDECIDED ? nfmark : to;
}

function decisionOf(clauses: readonly Clause[], packet: Packet): number | undefined {
  return clauses.find(({ selector }) => matchesSelector(selector, packet))?.outcome?.nfmark;
}

/** Of no packet, so that no entry asks for it. */
const NO_DSCP = LAST_DSCP + 1;

/** Not the name of any device. */
const ANOTHER = ' another';

/** What conntrack does not say of a packet, and entries ask for: all that makes a difference to them. */
interface Ways {
  readonly in: readonly Pick<Packet, 'inInterface' | 'dscp'>[];
  readonly out: readonly (Sender & Pick<Packet, 'dscp'>)[];
}

function waysOf({ before, after }: Situation): Ways {
  const selectors = [...before, ...after].map(({ selector }) => selector);
  const inInterfaces = selectors.flatMap(({ inInterface }) =>
    inInterface === undefined || inInterface === MADE_HERE ? [] : [inInterface],
  );
  const senders = selectors
    .filter(isBySender)
    .map(({ isStray, uid, gid, cgroup }): Sender => ({ isStray, uid, gid, cgroup }));
  const dscps = new Set(selectors.flatMap(({ dscp }) => dscp ?? []));
  const withDscp = <Way extends object>(ways: readonly Way[]): (Way & Pick<Packet, 'dscp'>)[] =>
    [...dscps, NO_DSCP].flatMap((dscp) => ways.map((way) => ({ ...way, dscp })));
  return {
    in: withDscp([...new Set([...inInterfaces, ANOTHER])].map((inInterface) => ({ inInterface }))),
    // what is left of a closed socket is of nobody
    out: withDscp([{}, ...new Map(senders.map((sender) => [JSON.stringify(sender), sender])).values()]),
  };
}

/** The packets of a flow, of either direction, that the entries may have had a say in. */
function packetsOf({ original, reply }: Flow, own: readonly Cidr[], ways: Ways): Packet[] {
  const isOwn = (address: number): boolean => own.some((network) => containsAddress(network, address));
  return [original, reply].flatMap((tuple: Tuple): Packet[] => {
    const srcIsLocal = isOwn(tuple.src);
    const common = { ...tuple, srcIsLocal, dstIsLocal: false, nfmark: 0, ctmark: 0 };
    if (isOwn(tuple.dst)) return [];
    if (srcIsLocal) return ways.out.map((way) => ({ ...common, ...way, hook: 'OUTPUT' }));
    return ways.in.map((way) => ({ ...common, ...way, hook: 'PREROUTING' }));
  });
}
