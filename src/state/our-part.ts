import { isByUs, isOurChain, isPassing } from '../host/own-chains.ts';
import { isAmong, keyOf } from '../host/same-rule.ts';
import type { HostState, TableName, Tables } from '../host/state.ts';
import { TABLE_NAMES } from '../host/state.ts';
import { printIpRule, sameIpRule } from '../host/ip-rule.ts';
import { printSets } from '../host/ip-set-text.ts';
import type { Chain, Table, TableRule } from '../iptables/table.ts';

/**
 * What is kept of a host: our chains, those of others that we have rules in, and the routing. What is there
 * for a while only, for `exec` and for probes, is left out: whoever goes back must not bring it back.
 */
export function ourPartOf(host: HostState, ours: HostState): HostState {
  return { ...host, tables: mapTables(host, ours, partOf) };
}

/** Of that, the rules, the sets and the ip rules that are ours, as one text: equal texts, equal decisions. */
export function textOfOurs(host: HostState, ours: HostState): string {
  const tables = mapTables(host, ours, ownRulesOf);
  return [
    ...host.ipRules.filter((rule) => ours.ipRules.some((own) => sameIpRule(own, rule))).map(printIpRule),
    ...printSets(host.sets),
    ...TABLE_NAMES.flatMap((name) => [`*${name}`, ...linesOf(tables[name])]),
    '',
  ].join('\n');
}

type Cut = (table: Table, ours: Table) => Map<string, Chain>;

function mapTables(host: HostState, ours: HostState, cut: Cut): Tables {
  const cutOf = (name: TableName): Table => ({ name, chains: cut(host.tables[name], ours.tables[name]) });
  return { nat: cutOf('nat'), raw: cutOf('raw'), mangle: cutOf('mangle') };
}

function partOf({ chains }: Table, ours: Table): Map<string, Chain> {
  const kept = [...chains].filter(
    ([name, { rules }]) =>
      !isPassing(name) && (isOurChain(name) || ours.chains.has(name) || rules.some(isByUs)),
  );
  return new Map(kept.map(([name, { policy, rules }]) => [name, { policy, rules: rules.filter(isLasting) }]));
}

function ownRulesOf(table: Table, ours: Table): Map<string, Chain> {
  const isOwn = (name: string, rule: TableRule): boolean =>
    isOurChain(name) || isByUs(rule) || isAmong(rule, ours.chains.get(name)?.rules ?? []);
  return new Map(
    [...partOf(table, ours)].map(([name, { policy, rules }]) => [
      name,
      { policy, rules: rules.filter((rule) => isOwn(name, rule)) },
    ]),
  );
}

function isLasting({ rule }: TableRule): boolean {
  const target = rule.kind === 'opaque' ? undefined : rule.target;
  return !(target?.kind === 'jump' || target?.kind === 'goto') || !isPassing(target.chain);
}

/** A built-in chain without rules of ours is the same as none: not every version prints it. */
function linesOf({ chains }: Table): string[] {
  const lines = [...chains].map(([name, { rules }]) =>
    rules.length === 0 && !isOurChain(name) ? [] : [`:${name}`, ...rules.map((rule) => keyOf(rule))],
  );
  return lines.toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1)).flat();
}
