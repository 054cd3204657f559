import type { Cidr } from '../../src/domain/cidr.ts';
import { BY_SOCKET } from '../../src/domain/conn-name.ts';
import type { PortRange } from '../../src/domain/port-range.ts';
import type { Selector } from '../../src/domain/selector.ts';
import { MADE_HERE } from '../../src/domain/selector.ts';
import { isBySender } from '../../src/domain/sender.ts';
import { witnessOf } from '../../src/domain/witness.ts';

/** A policy before it is text. What is a map here or a list of pairs has an order that means nothing. */
export interface AnyPolicy {
  readonly tracking: 'flow' | 'packet' | undefined;
  readonly replies: 'tunnel' | 'entries' | undefined;
  readonly mast:
    | { readonly interface: string; readonly table: number; readonly 'ike-ports': readonly number[] }
    | undefined;
  readonly sarefs: readonly (readonly [string, SarefText | 'down'])[];
  readonly networks: readonly NamedNetwork[];
  readonly protect:
    Words<Cidr> | { readonly networks: Words<Cidr>; readonly except?: Words<Cidr> | undefined } | undefined;
  readonly defaults: Pick<AnyEntry, 'src' | 'dst' | 'in' | 'down'>;
  readonly entries: readonly AnyEntry[];
}

export type SarefText =
  number | { readonly refhim: number; readonly ref?: number; readonly peer?: string | undefined };

/** How something is written, and what it means. */
export interface Written<T> {
  readonly text: string | number;
  readonly means: readonly T[];
}

export type Words<T> = Written<T> | readonly Written<T>[];

export type NamedNetwork = readonly [string, Words<Cidr>];

export interface AnyEntry {
  readonly conn: string;
  readonly saref?: SarefText | undefined;
  readonly src?: Words<Cidr> | undefined;
  readonly dst?: Words<Cidr> | undefined;
  readonly alias?: Written<Cidr> | undefined;
  readonly proto?: Written<number> | undefined;
  readonly sport?: Words<PortRange> | undefined;
  readonly dport?: Words<PortRange> | undefined;
  readonly in?: string | undefined;
  readonly dscp?: Written<number> | undefined;
  readonly user?: Written<number> | undefined;
  readonly group?: Written<number> | undefined;
  readonly cgroup?: string | undefined;
  readonly socket?: 'saref' | undefined;
  readonly over?: string | undefined;
  readonly down?: 'block' | 'skip' | undefined;
  readonly description?: string | undefined;
}

export function meantBy<T>(words: Words<T> | undefined): T[] | undefined {
  return words === undefined ? undefined : [words].flat().flatMap(({ means }) => means);
}

/** An entry as somebody who knows the language reads it. */
export interface Meaning {
  readonly conn: string;
  readonly sarefs: { readonly refhim: number; readonly ref: number | undefined } | 'down';
  readonly selector: Selector;
  readonly mapsTo: Cidr | undefined;
  readonly over: string | undefined;
  readonly isBySocket: boolean;
  readonly down: 'block' | 'skip';
}

export function meaningsOf({ sarefs, defaults, entries }: AnyPolicy): Meaning[] {
  const table = new Map(sarefs);
  return entries.map(({ saref, alias, proto, sport, dport, dscp, user, group, cgroup, ...entry }) => ({
    conn: entry.socket === undefined ? entry.conn : BY_SOCKET,
    over: entry.over,
    isBySocket: entry.socket !== undefined,
    sarefs: entry.socket === undefined ? sarefsOf(saref ?? table.get(entry.conn) ?? 'down') : 'down',
    selector: {
      src: meantBy(entry.src ?? defaults.src),
      dst: meantBy(alias ?? entry.dst ?? defaults.dst),
      protocol: proto?.means[0],
      sport: meantBy(sport),
      dport: meantBy(dport),
      inInterface:
        (user ?? group ?? cgroup ?? entry.socket) === undefined ? (entry.in ?? defaults.in) : MADE_HERE,
      ...(dscp && { dscp: dscp.means[0] }),
      ...((user ?? group ?? cgroup) !== undefined && { uid: user?.means[0], gid: group?.means[0], cgroup }),
    },
    mapsTo: alias && meantBy(entry.dst ?? defaults.dst)?.[0],
    down: entry.down ?? defaults.down ?? 'block',
  }));
}

function sarefsOf(text: SarefText | 'down'): Meaning['sarefs'] {
  if (text === 'down') return text;
  if (typeof text === 'number') return { refhim: text, ref: undefined };
  return { refhim: text.refhim, ref: text.ref };
}

/** A conn and both of its SArefs, or none of them. */
export interface InboundMeaning {
  readonly conn: string;
  readonly answer: { readonly ref: number; readonly refhim: number } | undefined;
}

/** By whom flows come in, by the name of the conn; undefined where the entries decide about answers. */
export function inboundOf(policy: AnyPolicy): InboundMeaning[] | undefined {
  const own = meaningsOf(policy).filter((_, index) => policy.entries[index]?.saref !== undefined);
  const table = policy.sarefs.map(([conn, text]) => ({ conn, sarefs: sarefsOf(text) }));
  const conns = new Map([...own, ...table].toReversed().map(({ conn, sarefs }) => [conn, sarefs]));
  const inbound = [...conns].map(([conn, sarefs]): InboundMeaning => {
    if (sarefs === 'down' || sarefs.ref === undefined) return { conn, answer: undefined };
    return { conn, answer: { ref: sarefs.ref, refhim: sarefs.refhim } };
  });
  const isKnown = inbound.some(({ answer }) => answer !== undefined);
  if (policy.replies === 'entries' || !isKnown) return undefined;
  return inbound.sort((one, other) => (one.conn < other.conn ? -1 : 1));
}

/** Entries that say nothing, and those that no packet can get to, are mistakes. */
export function withoutUseless(policy: AnyPolicy): AnyPolicy {
  const kept: Meaning[] = [];
  const entries = policy.entries.filter((_, index) => {
    const meaning = meaningsOf(policy)[index];
    if (meaning === undefined || isEmpty(meaning) || !isReachable(meaning, kept)) return false;
    kept.push(meaning);
    return true;
  });
  return { ...policy, entries };
}

function isEmpty({
  selector: { src, dst, protocol, inInterface, dscp, ...sender },
  isBySocket,
}: Meaning): boolean {
  const arrival = isBySocket && !isBySender(sender) ? undefined : inInterface;
  return [src, dst, protocol, arrival, dscp].every((part) => part === undefined);
}

function isReachable({ conn, selector }: Meaning, earlier: readonly Meaning[]): boolean {
  const blocking = earlier.filter(({ down }) => down === 'block').map((other) => other.selector);
  const isAgain = (other: Meaning): boolean =>
    other.conn === conn && isWithin(selector, other.selector) && isWithin(other.selector, selector);
  return witnessOf([selector], blocking) !== undefined && !earlier.some(isAgain);
}

function isWithin(one: Selector, other: Selector): boolean {
  return witnessOf([one], [other]) === undefined;
}

/** Which of two keys of a map comes first in the text. */
export type KeyOrder = (one: string, other: string) => number;

const AS_THEY_STAND: KeyOrder = () => 0;

/** As a person could have written it; JSON is YAML too. */
export function printPolicy(policy: AnyPolicy, order: KeyOrder = AS_THEY_STAND): string {
  const { tracking, replies, mast, sarefs, networks, protect, defaults, entries } = policy;
  const map = (value: object): string => mapText(Object.entries(value), order);
  const block = (pairs: readonly Pair[]): string =>
    inOrder(pairs, order)
      .map(([key, value]) => `\n  ${JSON.stringify(key)}: ${valueText(value, order)}`)
      .join('');
  const sections: Record<string, string> = {
    version: ' 1',
    ...(tracking && { tracking: ` ${tracking}` }),
    ...(replies && { replies: ` ${replies}` }),
    ...(mast && { mast: ` ${map(mast)}` }),
    sarefs: block(sarefs),
    ...(protect && { protect: ` ${valueText(protect, order)}` }),
    ...(networks.length > 0 && { networks: block(networks) }),
    ...(Object.keys(defaults).length > 0 && { defaults: ` ${map(defaults)}` }),
    entries: entries.length === 0 ? ' []' : entries.map((entry) => `\n  - ${map(entry)}`).join(''),
  };
  return inOrder(Object.entries(sections), order)
    .map(([key, text]) => `${key}:${text}\n`)
    .join('');
}

type Pair = readonly [string, unknown];

function inOrder<T>(pairs: readonly (readonly [string, T])[], order: KeyOrder): (readonly [string, T])[] {
  return pairs.toSorted(([one], [other]) => order(one, other));
}

function mapText(pairs: readonly Pair[], order: KeyOrder): string {
  const written = inOrder(pairs, order).filter(([, value]) => value !== undefined);
  return `{ ${written.map(([key, value]) => `${JSON.stringify(key)}: ${valueText(value, order)}`).join(', ')} }`;
}

function valueText(value: unknown, order: KeyOrder): string {
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item, order)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return 'text' in value ? JSON.stringify(value.text) : mapText(Object.entries(value), order);
}

/** The networks that are protected, and those in them that are not. */
export function protectionOf({ protect }: AnyPolicy): { readonly inside: Cidr[]; readonly outside: Cidr[] } {
  if (protect === undefined) return { inside: [], outside: [] };
  const { networks, except } = 'networks' in protect ? protect : { networks: protect, except: undefined };
  return { inside: meantBy(networks) ?? [], outside: meantBy(except) ?? [] };
}
