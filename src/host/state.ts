import type { Chain, Table, TableRule } from '../iptables/table.ts';
import { emptyTable } from '../iptables/table.ts';
import type { IpRule } from './ip-rule.ts';
import type { IpSets } from './ip-set.ts';
import type { Link } from './link.ts';
import type { Route } from './route.ts';

/** Those that we have rules in, in the order in which it is safe to write them. */
export const TABLE_NAMES = ['nat', 'raw', 'mangle'] as const;

export type TableName = (typeof TABLE_NAMES)[number];

export type Tables = Readonly<Record<TableName, Table>>;

/**
 * What a host holds, or should hold, of all that marking needs. The one value that is compiled,
 * compared and applied.
 */
export interface HostState {
  readonly link: Link;
  /** Kernel switches by their sysctl name; all of them are on or off. */
  readonly sysctls: ReadonlyMap<string, boolean>;
  /** The routing table of marked packets. */
  readonly routes: { readonly table: number; readonly routes: readonly Route[] };
  /** In the kernel's order: by priority, then by age. */
  readonly ipRules: readonly IpRule[];
  /** Those of ours by name; of a host that was not asked for them, none. */
  readonly sets: IpSets;
  readonly tables: Tables;
}

export const NO_TABLES: Tables = {
  nat: emptyTable('nat'),
  raw: emptyTable('raw'),
  mangle: emptyTable('mangle'),
};

/** A host with the device and with nothing of ours; its switches are not known. */
export function emptyHost({ link, routes }: HostState): HostState {
  return {
    link,
    sysctls: new Map(),
    routes: { table: routes.table, routes: [] },
    ipRules: [],
    sets: new Map(),
    tables: NO_TABLES,
  };
}

/** With the ip rules that every kernel starts with around ours. */
export function onKernel(host: HostState): HostState {
  const first = { priority: 0, words: 'from all lookup local' };
  const last = [
    { priority: 32_766, words: 'from all lookup main' },
    { priority: 32_767, words: 'from all lookup default' },
  ];
  return { ...host, ipRules: [first, ...host.ipRules, ...last] };
}

/** Of a chain of mangle; none where there is no such chain. */
export function rulesIn({ tables }: HostState, chain: string): readonly TableRule[] {
  return tables.mangle.chains.get(chain)?.rules ?? [];
}

/** With another mangle table. */
export function withMangle(host: HostState, chains: ReadonlyMap<string, Chain>): HostState {
  return { ...host, tables: { ...host.tables, mangle: { name: 'mangle', chains } } };
}
