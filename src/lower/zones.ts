import { commentOf, connOf } from '../domain/conn-name.ts';
import { markOf } from '../domain/saref.ts';
import { isOurChain } from '../host/own-chains.ts';
import type { HostState } from '../host/state.ts';
import { arg, commented, jumpTo, marked, rule } from '../iptables/build.ts';
import type { Match } from '../iptables/rule.ts';
import type { Chain, Table, TableRule } from '../iptables/table.ts';
import { emptyTable, tableRule } from '../iptables/table.ts';
import type { InboundConn, MarkPlan } from '../plan/plan.ts';
import { answeredConns } from '../plan/plan.ts';
import { treeOf } from './saref-tree.ts';

/** Puts a packet that mast has decapsulated into the conntrack zone of its conn. */
const ZONE = 'SAREF-ZONE';

/** Nobody jumps here: it keeps the zones of conns that are down. */
const KEPT = 'SAREF-ZONE-KEPT';

const LAST_ZONE = 0xffff;

/**
 * The raw table: flows of two conns that have the same addresses and ports are told apart by a zone for
 * each conn. Another number would cut the flows of a conn, so each keeps the one that it has on this host.
 * A new conn gets the lowest that nobody has.
 */
export function withZones(host: HostState, plan: MarkPlan, live: HostState): HostState {
  const { inbound } = plan;
  const raw = inbound === undefined ? emptyTable('raw') : zoneTable({ ...plan, inbound }, live.tables.raw);
  return { ...host, tables: { ...host.tables, raw } };
}

/** Each conn that rules of ours give a zone to, and its number. */
export function liftZones(raw: Table): Map<string, number> {
  const zones = new Map<string, number>();
  const taken = new Set<number>();
  for (const { rule: read } of rulesWhere(raw, isOurChain)) {
    const [conn, zone] = [connIn(read), zonesIn(read)[0]];
    if (conn === undefined || zone === undefined || zones.has(conn) || taken.has(zone)) continue;
    zones.set(conn, zone);
    taken.add(zone);
  }
  return zones;
}

type Answering = MarkPlan & { readonly inbound: readonly InboundConn[] };

function zoneTable(plan: Answering, live: Table): Table {
  const zones = numbered(plan.inbound, live);
  const toZone = rule([], jumpTo(ZONE), { inInterface: arg(plan.interface) });
  const items = answeredConns(plan).flatMap(({ conn, answer: { ref } }) => {
    const zone = zones.get(conn);
    return zone === undefined ? [] : [{ ref, rule: zoneRule(conn, zone, [marked(markOf(ref))]) }];
  });
  const down = plan.inbound.filter(({ answer }) => answer === undefined);
  const kept = down.flatMap(({ conn }) => {
    const zone = zones.get(conn);
    return zone === undefined ? [] : [zoneRule(conn, zone)];
  });
  const made = [...treeOf(ZONE, items), ...(kept.length === 0 ? [] : [[KEPT, kept] as const])];
  return {
    name: 'raw',
    chains: new Map<string, Chain>([
      ['PREROUTING', { policy: 'ACCEPT', rules: [tableRule(toZone)] }],
      ...made.map(([name, rules]) => [name, { policy: '-', rules }] as const),
    ]),
  };
}

function zoneRule(conn: string, zone: number, matches: readonly Match[] = []): TableRule {
  return tableRule(
    rule([...matches, commented(commentOf(conn))], { kind: 'CT', options: { zoneOrig: arg(zone) } }),
  );
}

/** Conns that are down keep a number, and get none. */
function numbered(inbound: readonly InboundConn[], live: Table): Map<string, number> {
  const zones = liftZones(live);
  const known = new Set(inbound.map(({ conn }) => conn));
  const foreign = rulesWhere(live, (chain) => !isOurChain(chain)).flatMap((one) => zonesIn(one.rule));
  const taken = new Set([
    ...foreign,
    ...[...zones].filter(([conn]) => known.has(conn)).map(([, zone]) => zone),
  ]);
  let free = 1;
  const fresh = inbound.filter(({ conn, answer }) => answer !== undefined && !zones.has(conn));
  for (const { conn } of fresh) {
    while (taken.has(free)) free += 1;
    if (free > LAST_ZONE) break;
    taken.add(free);
    zones.set(conn, free);
  }
  return zones;
}

function rulesWhere({ chains }: Table, isWanted: (chain: string) => boolean): TableRule[] {
  return [...chains].flatMap(([name, { rules }]) => (isWanted(name) ? rules : []));
}

function connIn(read: TableRule['rule']): string | undefined {
  const comment = read.kind === 'rule' ? read.matches.find((match) => match.kind === 'comment') : undefined;
  const text = comment?.options.comment?.value;
  return text === undefined ? undefined : connOf(text);
}

/** Those that a rule names by number; 0 is the zone of everybody. */
function zonesIn(read: TableRule['rule']): number[] {
  if (read.kind !== 'rule' || read.target?.kind !== 'CT') return [];
  const { zone, zoneOrig, zoneReply } = read.target.options;
  return [zoneOrig, zone, zoneReply].flatMap((arg) =>
    typeof arg?.value === 'number' && arg.value > 0 ? [arg.value] : [],
  );
}
