import type { Cidr, CidrReading } from '../domain/cidr.ts';
import { toCidr } from '../domain/cidr.ts';
import { BY_SOCKET } from '../domain/conn-name.ts';
import type { Span } from '../diagnostics/source.ts';
import type { PortRange } from '../domain/port-range.ts';
import { toPortRange } from '../domain/port-range.ts';
import { toProtocol } from '../domain/protocol.ts';
import { toDscp } from '../domain/dscp.ts';
import type { Selector } from '../domain/selector.ts';
import { MADE_HERE } from '../domain/selector.ts';
import { isBySender } from '../domain/sender.ts';
import type { Account, AccountKind, Accounts } from './accounts.ts';
import { accountOf } from './accounts.ts';
import type { EntryData, PolicyData } from './data.ts';
import type { Located } from './document.ts';
import { partOf } from './document.ts';
import type { Entry, NamedNetworks, Policy, Side, Spanned } from './policy.ts';
import { sarefLine } from './saref-map.ts';
import { itemsOf, sidesOf } from './sides.ts';

/** What an entry is read with. */
interface Surroundings {
  readonly named: readonly NamedNetworks[];
  readonly defaults: NonNullable<PolicyData['defaults']>;
  readonly sides: Policy['defaults'];
  readonly accounts: Accounts;
}

export function entryOf(entry: Located, { named, defaults, sides, accounts }: Surroundings): Entry {
  const data = entry.value as EntryData;
  const at = (key: keyof EntryData): Located | undefined => partOf(entry, key);
  const items = <T extends string | number>(key: keyof EntryData): Spanned<T>[] | undefined =>
    itemsOf<T>(at(key));
  const socket = at('socket') as Entry['socket'];
  const conn = {
    value: socket === undefined && data.conn !== undefined ? data.conn : BY_SOCKET,
    span: (socket ?? (at('conn') as Located)).span,
  };
  const account = (kind: AccountKind): Spanned<Account>[] | undefined =>
    items<string | number>(kind)?.map(({ value, span }) => ({
      value: accountOf(accounts, kind, value),
      span,
    }));
  const parts: Parts = {
    src: sidesOf(at('src'), named) ?? sides.src,
    dst: sidesOf(at('dst'), named) ?? sides.dst,
    alias: items<string>('alias')?.map(networkOf)[0],
    protocol: items<string | number>('proto')?.map(protocolOf)[0],
    sport: items<string | number>('sport')?.map(portsOf),
    dport: items<string | number>('dport')?.map(portsOf),
    inInterface: data.in ?? (asksSender(data) ? undefined : defaults.in),
    dscp: items<string | number>('dscp')?.map(dscpIn)[0],
    user: account('user')?.[0],
    group: account('group')?.[0],
    cgroup: items<string>('cgroup')?.map(({ value: path, span }) => ({
      value: { path, isThere: accounts.hasCgroup(path) },
      span,
    }))[0],
    socket,
  };
  const saref = at('saref');
  return {
    conn,
    saref: saref && sarefLine(conn, saref),
    ...parts,
    mapsTo: parts.alias && parts.dst?.flatMap(cidrsOf)[0],
    over: items<string>('over')?.[0],
    down: data.down ?? defaults.down ?? 'block',
    description: data.description,
    contact: data.contact,
    selector: isRead(parts) && saysWhich(parts) ? selectorOf(parts) : undefined,
    span: entry.span,
  };
}

function networkOf({ value, span }: Spanned<string>): Spanned<CidrReading> {
  return { value: toCidr(value), span };
}

/** 0 is iptables' word for all protocols: an entry leaves them out instead. */
function protocolOf({ value, span }: Spanned<string | number>): Spanned<number | undefined> {
  const protocol = toProtocol(String(value).toLowerCase());
  return { value: protocol === 0 ? undefined : protocol, span };
}

function dscpIn({ value, span }: Spanned<string | number>): Spanned<number | undefined> {
  return { value: toDscp(String(value)), span };
}

function portsOf({ value, span }: Spanned<string | number>): Spanned<PortRange | undefined> {
  return { value: toPortRange(String(value), '-'), span };
}

/** What comes in by the interface of `defaults:` is for entries that do not say who sends. */
function asksSender({ user, group, cgroup, socket }: EntryData): boolean {
  return (user ?? group ?? cgroup ?? socket) !== undefined;
}

/** All that says which packets. */
type Parts = Pick<
  Entry,
  | 'src'
  | 'dst'
  | 'alias'
  | 'protocol'
  | 'sport'
  | 'dport'
  | 'inInterface'
  | 'dscp'
  | 'user'
  | 'group'
  | 'cgroup'
  | 'socket'
>;

export function saysWhich({ src, dst, alias, protocol, inInterface, dscp, ...rest }: Parts): boolean {
  const { user, group, cgroup } = rest;
  const parts = [src, dst, alias, protocol, inInterface, dscp, user, group, cgroup];
  return parts.some((part) => part !== undefined);
}

function isRead({ src, dst, alias, protocol, sport, dport, dscp, user, group }: Parts): boolean {
  return (
    [src, dst].every((sides) => sides?.every(isReadSide) ?? true) &&
    (alias === undefined || alias.value.kind === 'cidr') &&
    [sport, dport].every((ranges) => ranges?.every(isReadNumber) ?? true) &&
    [protocol, dscp].every((number) => number === undefined || isReadNumber(number)) &&
    [user, group].every((account) => account?.value.kind !== 'unknown')
  );
}

function isReadSide({ value }: Spanned<Side>): boolean {
  return readingsOf(value).every(({ kind }) => kind === 'cidr');
}

function isReadNumber({ value }: Spanned<unknown>): boolean {
  return value !== undefined;
}

function readingsOf(side: Side): CidrReading[] {
  switch (side.kind) {
    case 'network':
      return [side.network];
    case 'name':
      return side.named.networks.map(({ value }) => value);
    case 'unknown name':
      return [{ kind: 'bad', reason: 'is no name' }];
    /* c8 ignore next 2 */
    default:
      return side satisfies never;
  }
}

function selectorOf({ src, dst, alias, protocol, sport, dport, inInterface, ...rest }: Parts): Selector {
  const { dscp, user, group, cgroup, socket } = rest;
  const sender = { uid: idOf(user), gid: idOf(group), cgroup: cgroup?.value.path };
  return {
    src: src?.flatMap(cidrsOf),
    dst: alias === undefined ? dst?.flatMap(cidrsOf) : cidrsIn([alias.value]),
    protocol: protocol?.value,
    sport: sport?.map(({ value }) => value).filter((range) => range !== undefined),
    dport: dport?.map(({ value }) => value).filter((range) => range !== undefined),
    // who sends here is here; the two together have a diagnostic
    inInterface: inInterface ?? (isBySender(sender) || socket !== undefined ? MADE_HERE : undefined),
    ...(dscp && { dscp: dscp.value }),
    ...(isBySender(sender) && sender),
  };
}

function idOf(account: Spanned<Account> | undefined): number | undefined {
  return account === undefined || account.value.kind === 'unknown' ? undefined : account.value.id;
}

export function cidrsOf({ value }: Spanned<Side>): Cidr[] {
  return cidrsIn(readingsOf(value));
}

function cidrsIn(readings: readonly CidrReading[]): Cidr[] {
  return readings.filter((reading) => reading.kind === 'cidr').map(({ cidr }) => cidr);
}

export type ReadableEntry = Entry & { readonly selector: Selector };

/** Those that say which packets they are for; the others have diagnostics of their own. */
export function readableEntries({ entries }: Policy): ReadableEntry[] {
  return entries.filter((entry): entry is ReadableEntry => entry.selector !== undefined);
}

/** What an alias says, and the networks that it is to stand for. */
export interface AliasReading {
  readonly conn: string;
  readonly alias: Cidr;
  /** Of dst: with an alias the selector does not have them. */
  readonly real: readonly Cidr[];
  readonly span: Span;
}

/** Of the entries that can be read, in their order. */
export function aliasesIn(policy: Policy): AliasReading[] {
  return readableEntries(policy).flatMap(({ conn, alias, dst = [] }) =>
    alias?.value.kind === 'cidr'
      ? [{ conn: conn.value, alias: alias.value.cidr, real: dst.flatMap(cidrsOf), span: alias.span }]
      : [],
  );
}
