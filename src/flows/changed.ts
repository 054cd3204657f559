import type { Cidr } from '../domain/cidr.ts';
import { containsAddress } from '../domain/cidr.ts';
import { isMarked } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import { remembered } from '../domain/saref.ts';
import { MADE_HERE, matchesSelector } from '../domain/selector.ts';
import type { Clause } from '../plan/clauses.ts';
import { NOBODY } from '../plan/clauses.ts';
import type { Translation } from '../plan/translations.ts';
import { translationsOf, UNDECIDED } from '../plan/translations.ts';
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

/**
 * A flow stays in peace when its mark, or what that is translated to, is the decision for the packet
 * that once decided it. Which of its packets that was is not in conntrack, nor where it came in: each is
 * taken into account that may have been, and where they disagree the flow is decided again.
 */
export function changedFlows(situation: Situation): ChangedFlows {
  const known = translationsOf(situation);
  const { flows, standing, before } = situation;
  if (flows === undefined) {
    const translations = inOrder([...known, ...stillNeeded(situation, known)]);
    return { translations, lasting: translations, followed: [], again: [] };
  }
  const decided = flows.filter(({ ctmark }) => isMarked(ctmark));
  const packets = inInterfacesOf(situation);
  const peaceful = new Set(decided.filter((flow) => staysIn(situation, { flow, known, packets })));
  const followed = [...peaceful].filter((flow) => translatedBy(known, markOf(flow)) !== markOf(flow));
  const again = decided.filter((flow) => !peaceful.has(flow));
  const followedFrom = new Set(followed.map(markOf));
  const fresh = new Set(before.map(({ outcome }) => outcome?.nfmark));
  const anew = new Map([
    ...known
      .filter((one) => one.to === UNDECIDED && fresh.has(one.from))
      .map(({ from, conn }) => [from, conn] as const),
    ...again.map((flow) => [markOf(flow), ownerOf(markOf(flow), before, standing)] as const),
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

/** What is decided anew stands in front: no translation is to be seen by it in the same pass. */
function inOrder(translations: readonly Translation[]): Translation[] {
  const rank = ({ to }: Translation): number => (to === UNDECIDED ? 0 : 1);
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
  readonly packets: readonly string[];
}

function staysIn(
  { before, after, standing, own, isByFlow }: Situation,
  { flow, known, packets }: Judged,
): boolean {
  if (!isByFlow) return false;
  const mark = markOf(flow);
  const was = translatedBy(standing, mark);
  const is = translatedBy(known, mark);
  const decisions = packetsOf(flow, own, packets).map((packet) => ({
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

/** Not the name of any device. */
const ANOTHER = ' another';

function inInterfacesOf({ before, after }: Situation): string[] {
  const named = [...before, ...after].flatMap(({ selector: { inInterface } }) =>
    inInterface === undefined || inInterface === MADE_HERE ? [] : [inInterface],
  );
  return [...new Set([...named, ANOTHER])];
}

/** The packets of a flow, of either direction, that the entries may have had a say in. */
function packetsOf(
  { original, reply }: Flow,
  own: readonly Cidr[],
  inInterfaces: readonly string[],
): Packet[] {
  const isOwn = (address: number): boolean => own.some((network) => containsAddress(network, address));
  return [original, reply].flatMap((tuple: Tuple): Packet[] => {
    const srcIsLocal = isOwn(tuple.src);
    const common = { ...tuple, srcIsLocal, dstIsLocal: false, nfmark: 0, ctmark: 0 };
    if (isOwn(tuple.dst)) return [];
    if (srcIsLocal) return [{ ...common, hook: 'OUTPUT' }];
    return inInterfaces.map((inInterface) => ({ ...common, hook: 'PREROUTING', inInterface }));
  });
}
