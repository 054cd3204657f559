import type { Cidr } from '../domain/cidr.ts';
import type { Mark } from '../domain/mark.ts';
import { oncePer } from '../domain/once.ts';
import type { Saref } from '../domain/saref.ts';
import { markOf, remembered } from '../domain/saref.ts';
import type { Selector } from '../domain/selector.ts';
import type { Span } from '../diagnostics/source.ts';

/** The SAref of a conn's outbound SA, and of its inbound one where known. */
export interface Sarefs {
  readonly refhim: Saref;
  readonly ref: Saref | undefined;
}

/** A conn that flows may come in by. */
export interface InboundConn {
  readonly conn: string;
  /** What its packets carry, and the mark of answers; undefined where it is down, or its ref is not known. */
  readonly answer: { readonly ref: Saref; readonly mark: Mark } | undefined;
}

export type Answered = InboundConn & { readonly answer: NonNullable<InboundConn['answer']> };

/** In the order of their refs. */
export function answeredConns({ inbound = NO_CONNS }: MarkPlan): readonly Answered[] {
  return answeredAmong(inbound);
}

const NO_CONNS: readonly InboundConn[] = [];

const answeredAmong = oncePer((inbound: readonly InboundConn[]): readonly Answered[] =>
  inbound
    .filter((one): one is Answered => one.answer !== undefined)
    .sort((one, other) => one.answer.ref - other.answer.ref),
);

/** Of some conns, the one whose packets come in with this mark. */
export function arrivedBy(conns: readonly Answered[], nfmark: number): Answered | undefined {
  return byMark(conns).get(remembered(nfmark).value);
}

/** The first one of each mark. */
const byMark = oncePer(
  (conns: readonly Answered[]) =>
    new Map(conns.toReversed().map((one) => [markOf(one.answer.ref).value, one] as const)),
);

/** The policy resolved: numbers for names, before iptables. */
export interface MarkPlan {
  /** flow: the first packet of a flow decides for all. packet: each one by its own selector. */
  readonly tracking: 'flow' | 'packet';
  readonly interface: string;
  readonly table: number;
  readonly ikePorts: readonly number[];
  /** All conns, by name, where flows are answered by the conn that they came in by; undefined where the entries decide. */
  readonly inbound: readonly InboundConn[] | undefined;
  /** What is for one of these networks leaves by mast or not at all, */
  readonly protect: readonly ProtectedNetwork[];
  /** but for what is for one of these. */
  readonly unprotected: readonly Cidr[];
  /** Gateways of conns that others are over: the IKE with them is never led into their own tunnel. */
  readonly outerPeers: readonly Cidr[];
  /** In order: the first that matches a packet decides. Skipped ones are there for reports. */
  readonly entries: readonly PlannedEntry[];
}

export interface ProtectedNetwork {
  readonly network: Cidr;
  /** Where the policy says so. */
  readonly origin: Span;
}

export interface PlannedEntry {
  /** BY_SOCKET where no conn decides. */
  readonly conn: string;
  readonly sarefs: Sarefs | 'down';
  readonly selector: Selector;
  /** The real network where the selector has an alias of it as dst. */
  readonly mapsTo: Cidr | undefined;
  /** The conn whose tunnel its own one is inside of. */
  readonly over: string | undefined;
  readonly decision: Decision;
  readonly description: string | undefined;
  readonly contact: string | undefined;
  /** The entry in the policy. */
  readonly origin: Span;
}

/**
 * mark: the conn is up. block: it is down, mast0 drops its packets. skip: it is down and the entry is
 * as if it were not there. socket: mast0 takes the SAref of the packet's socket, and drops those without.
 */
export type Decision =
  { readonly kind: 'mark' | 'block' | 'socket'; readonly mark: Mark } | { readonly kind: 'skip' };

/** An entry that decides something. */
export type ActiveEntry = PlannedEntry & { readonly decision: { readonly mark: Mark } };

export function activeEntriesOf({ entries }: Pick<MarkPlan, 'entries'>): readonly ActiveEntry[] {
  return activeAmong(entries);
}

const activeAmong = oncePer((entries: readonly PlannedEntry[]): readonly ActiveEntry[] =>
  entries.filter((entry): entry is ActiveEntry => entry.decision.kind !== 'skip'),
);
