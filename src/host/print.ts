import { printTable } from '../iptables/table.ts';
import { printIpRule } from './ip-rule.ts';
import type { HostState } from './state.ts';

/** The whole of it as text, line by line, to be compared; the order of routes means nothing. */
export function printHost({ sysctls, routes, ipRules, tables }: HostState): string {
  return [
    ...[...sysctls].map(([key, isOn]) => `sysctl ${key}=${isOn ? '1' : '0'}`),
    ...ipRules.map((rule) => `ip rule ${printIpRule(rule).replace('\t', ' ')}`),
    ...routes.routes.map(({ words }) => `ip route ${words} table ${String(routes.table)}`).toSorted(),
    printTable(tables.mangle),
  ].join('\n');
}
