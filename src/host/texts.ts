import { printTable } from '../iptables/table.ts';
import { printIpRule } from './ip-rule.ts';
import { printSets } from './ip-set-text.ts';
import type { HostTexts } from './parse.ts';
import type { HostState } from './state.ts';

/** A host as the tools would print it: `parseHost` reads it back. A table without chains is left out, and so are sets where there are none. */
export function textsOf({ link, sysctls, routes, ipRules, sets, tables }: HostState): HostTexts {
  const optional = (name: 'nat' | 'raw'): string | undefined =>
    tables[name].chains.size === 0 ? undefined : printTable(tables[name]);
  return {
    mangle: printTable(tables.mangle),
    nat: optional('nat'),
    raw: optional('raw'),
    sets: sets.size === 0 ? undefined : linesOf(printSets(sets)),
    ipRules: linesOf(ipRules.map(printIpRule)),
    routes: linesOf(routes.routes.map(({ words }) => words)),
    link: LINKS[link.state],
    sysctls: linesOf([...sysctls].map(([key, isOn]) => `${key} = ${isOn ? '1' : '0'}`)),
  };
}

const LINKS = { up: '1: mast: <UP>', down: '1: mast: <>', absent: '' };

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
