import { addressText } from '../domain/cidr.ts';
import { isSameRule } from '../host/same-rule.ts';
import type { HostState } from '../host/state.ts';
import type { TableRule } from '../iptables/table.ts';
import { onKernel } from '../host/state.ts';
import { decoded } from '../domain/decoded.ts';
import { commonOf, isMarked, SAREF_BITS } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { isProtected } from '../plan/decide.ts';
import { firstMatch } from '../plan/first-match.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import type { Egress } from '../trace/route.ts';
import type { Trace } from '../trace/trace.ts';
import { trace } from '../trace/trace.ts';
import type { Visit } from '../trace/walk.ts';
import { markText } from './judge.ts';
import type { TraceWitness } from './witnesses.ts';

/** A packet that does not go as the policy says. */
export interface Deviation {
  readonly witness: TraceWitness;
  /**
   * address: nat sends it elsewhere. route: it has the right marks, and goes somewhere else. foreign: no
   * entry speaks of it, and a rule that is not ours marks it, as the stock script does for conns that are
   * not in the policy. clear: it is for a protected network, and leaves as if it were not.
   */
  readonly kind: 'mark' | 'memory' | 'dropped' | 'address' | 'route' | 'foreign' | 'clear';
  /** What it should have or do, and what becomes of it by the live rules. */
  readonly wanted: string;
  readonly got: string;
  /** What makes the difference, in words, on one line or more. */
  readonly cause: string;
}

export interface Compared {
  readonly deviation: Deviation | undefined;
  /** Rules that cannot be evaluated for this packet: what is said holds if none of them matters. */
  readonly doubts: readonly string[];
  /** The conntrack zone that the live rules give to its flow. */
  readonly zone: number | undefined;
}

interface Hosts {
  readonly plan: MarkPlan;
  readonly live: HostState;
  /** What the policy compiles to. */
  readonly target: HostState;
}

export function compareTrace(hosts: Hosts, witness: TraceWitness): Compared {
  const way = trace(hosts.live, witness.packet);
  const [ofRules, ofRouting] = [true, false].map((wanted) =>
    way.doubts.filter((doubt) => doubt.startsWith('-A ') === wanted),
  ) as [string[], string[]];
  return {
    deviation:
      deviationOfMarks(hosts, witness, way) ??
      // what cannot be read of routing, the kernel is asked about
      (ofRouting.length > 0 ? undefined : deviationOfRoute(hosts.plan, witness, way)),
    doubts: ofRules,
    zone: way.zone,
  };
}

function deviationOfMarks(hosts: Hosts, witness: TraceWitness, way: Trace): Deviation | undefined {
  const { nfmark, ctmark, dst } = witness.decided;
  const found = (kind: Astray['kind'], wanted: string, got: string): Deviation => {
    const { culprit, cause } = causeOf(hosts, { ...witness, way, kind });
    const isForeign = kind === 'mark' && culprit?.isOurs === false && isUnclaimed(hosts.plan, witness);
    return { witness, kind: isForeign ? 'foreign' : kind, wanted, got, cause };
  };
  if (ours(way.nfmark) !== ours(nfmark)) return found('mark', markText(nfmark), markText(way.nfmark));
  const isDropped = way.egress.kind === 'dropped' && !isStopped(hosts.plan, witness);
  if (isMarked(nfmark) && isDropped) return found('dropped', markText(nfmark), 'drop it');
  if (ours(way.ctmark) !== ours(ctmark))
    return found('memory', `its flow gets ctmark ${markText(ctmark)}`, `give it ${markText(way.ctmark)}`);
  if (isMarked(nfmark) && way.dst !== dst)
    return found('address', `it goes on to ${addressText(dst)}`, `send it to ${addressText(way.dst)}`);
  return undefined;
}

/** A packet of which the policy says nothing, not even that it is to be left alone. */
function isUnclaimed(plan: MarkPlan, { packet }: TraceWitness): boolean {
  const isNew = !isMarked(packet.nfmark) && !isMarked(packet.ctmark);
  return isNew && firstMatch(activeEntriesOf(plan), packet) === undefined;
}

/** Without bit 31 there is no mark of ours: the other bits are somebody else's. */
function ours(mark: number): number {
  return isMarked(mark) ? commonOf(mark, SAREF_BITS) : 0;
}

/** For it is for a protected network, and does not go by mast. */
function isStopped(plan: MarkPlan, witness: TraceWitness): boolean {
  return !witness.decided.leavesByMast && isProtected(plan, { ...witness.packet, dst: witness.decided.dst });
}

function deviationOfRoute(plan: MarkPlan, witness: TraceWitness, way: Trace): Deviation | undefined {
  const { interface: device } = plan;
  const isOut = witness.decided.leavesByMast;
  const isOnMast = way.egress.kind === 'device' && way.egress.device === device;
  if (isStopped(plan, witness) && way.egress.kind !== 'dropped')
    return { witness, kind: 'clear', wanted: 'it is dropped', got: egressWords(way.egress), cause: '' };
  if (isOut === isOnMast) return undefined;
  return {
    witness,
    kind: 'route',
    wanted: isOut ? `it leaves by ${device}` : `it does not leave by ${device}`,
    got: egressWords(way.egress),
    cause: way.routedBy === undefined ? '' : `By ip rule ${decoded(way.routedBy).replace('\t', ' ')}.`,
  };
}

function egressWords(egress: Trace['egress']): string {
  return `it ${egressText(egress)}`;
}

/** Behind a word like `it`. */
export function egressText(egress: Egress | { readonly kind: 'dropped' }): string {
  switch (egress.kind) {
    case 'device':
      return `leaves by ${egress.device}`;
    case 'main':
      return 'leaves as the main routing table says';
    case 'local':
      return 'is for this host';
    case 'unreachable':
      return 'is refused: no route';
    case 'dropped':
      return 'is dropped by a rule';
    /* c8 ignore next 2 */
    default:
      return egress satisfies never;
  }
}

interface Culprit {
  readonly visit: Visit;
  readonly isOurs: boolean;
}

interface Cause {
  /** Absent where a rule is missing, or nothing can be found. */
  readonly culprit: Culprit | undefined;
  readonly cause: string;
}

interface Astray extends TraceWitness {
  readonly way: Trace;
  readonly kind: 'mark' | 'memory' | 'dropped' | 'address';
}

/** Found by holding the way of the packet against the one that it would go by the rules of the policy. */
function causeOf({ live, target }: Hosts, { packet, way, kind }: Astray): Cause {
  const wanted = trace(onKernel(target), packet).path;
  const extra = way.path.filter((visit) => !isAmong(visit, wanted));
  const missed = wanted.find((visit) => !isAmong(visit, way.path));
  const changing = kind === 'mark' || kind === 'memory' ? changesIn(way.path, packet, kind) : [];
  const isOurs = (visit: Visit): boolean =>
    visit.chain.startsWith('SAREF-') || rulesAround(target, visit).some((rule) => isSameRule(rule, visit));
  const marking = changing.filter((visit) => extra.includes(visit));
  const visit =
    marking.find((one) => !isOurs(one)) ?? marking.at(-1) ?? extra.find(({ text }) => ENDING.test(text));
  if (visit !== undefined) {
    const culprit = { visit, isOurs: isOurs(visit) };
    return { culprit, cause: byRule(culprit) };
  }
  if (missed === undefined) return { culprit: undefined, cause: '' };
  const absent = rulesAround(live, missed).some((rule) => isSameRule(rule, missed))
    ? ''
    : ', which is not there';
  return {
    culprit: undefined,
    cause: `It does not meet this rule${absent}:\n    ${ruleText(missed)}`,
  };
}

/** Of the chain in which a packet met a rule. */
function rulesAround({ tables }: HostState, { table, chain }: Visit): readonly TableRule[] {
  return Object.values(tables).flatMap(({ name, chains }) =>
    name === table ? (chains.get(chain)?.rules ?? []) : [],
  );
}

/** The rules that change the mark in question, or the other one, which that may come from. */
function changesIn(path: readonly Visit[], packet: Packet, kind: 'mark' | 'memory'): Visit[] {
  const words = kind === 'mark' ? (['nfmark', 'ctmark'] as const) : (['ctmark'] as const);
  return path.filter((visit, index) => {
    const before = path[index - 1] ?? packet;
    return words.some((word) => ours(visit[word]) !== ours(before[word]));
  });
}

const ENDING = /-j (?:ACCEPT|DROP|RETURN)$|-j NETMAP |-g \S+$/;

function isAmong(visit: Visit, path: readonly Visit[]): boolean {
  return path.some((other) => other.chain === visit.chain && isSameRule(other, visit));
}

function byRule({ visit, isOurs }: Culprit): string {
  const whose = isOurs ? '' : ', which is not ours';
  return `By rule ${String(visit.number)} of ${decoded(visit.chain)}${whose}:\n    ${ruleText(visit)}`;
}

function ruleText({ chain, text }: Visit): string {
  return decoded(`-A ${chain} ${text}`.trimEnd());
}
