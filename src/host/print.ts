import type { Table } from '../iptables/table.ts';
import { printTable } from '../iptables/table.ts';
import { printIpRule } from './ip-rule.ts';
import { printSets } from './ip-set-text.ts';
import type { HostState } from './state.ts';
import { TABLE_NAMES } from './state.ts';

/** The whole of it as text, line by line, to be compared; the order of routes and of chains means nothing. */
export function printHost({ sysctls, routes, ipRules, sets, tables }: HostState): string {
  return [
    ...[...sysctls].map(([key, isOn]) => `sysctl ${key}=${isOn ? '1' : '0'}`),
    ...ipRules.map((rule) => `ip rule ${printIpRule(rule).replace('\t', ' ')}`),
    ...routes.routes.map(({ words }) => `ip route ${words} table ${String(routes.table)}`).toSorted(),
    ...printSets(sets),
    ...TABLE_NAMES.map((name) => tables[name])
      .filter(({ chains }) => chains.size > 0)
      .map((table) => printTable(sorted(table))),
  ].join('\n');
}

/** As iptables-save does: built-in chains first, those that somebody made by name. */
function sorted({ name, chains }: Table): Table {
  const builtIn = [...chains].filter(([, { policy }]) => policy !== '-');
  const made = [...chains].filter(([, { policy }]) => policy === '-');
  return { name, chains: new Map([...builtIn, ...made.sort(([one], [other]) => (one < other ? -1 : 1))]) };
}
