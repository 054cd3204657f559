import assert from 'node:assert/strict';
import { parseTable } from '../../src/host/parse.ts';
import type { HostState } from '../../src/host/state.ts';
import { onKernel, TABLE_NAMES, withMangle } from '../../src/host/state.ts';
import { printTable } from '../../src/iptables/table.ts';
import type { Compiled } from '../../src/pipeline.ts';
import type { OwnAddresses } from '../../src/verify/own-addresses.ts';
import { address } from './addresses.ts';

/** The host of a policy as it is read back, with its rules changed as text. */
export function liveOf({ host }: Compiled, change = (rules: string): string => rules): HostState {
  const before = printTable(host.tables.mangle);
  const text = change(before);
  const { table, diagnostics } = parseTable('mangle', { name: 'iptables-save', text });
  assert.deepEqual(diagnostics, []);
  assert.ok(table);
  return onKernel(withMangle(host, table.chains));
}

/** The same, with each of its tables changed as text. */
export function liveTablesOf({ host }: Compiled, change: (table: string) => string): HostState {
  const tables = TABLE_NAMES.map((name) => {
    const text = change(printTable(host.tables[name]));
    const { table, diagnostics } = parseTable(name, { name: 'iptables-save', text });
    assert.deepEqual(diagnostics, []);
    return [name, table] as const;
  });
  return onKernel({ ...host, tables: Object.fromEntries(tables) as unknown as HostState['tables'] });
}

/** A rule at the end of its chain. */
export function withRule(rule: string): (rules: string) => string {
  return (rules) => rules.replace('COMMIT\n', `${rule}\nCOMMIT\n`);
}

export function ownAddresses(addresses: readonly string[] = [], devices = ['lo', 'eth1']): OwnAddresses {
  return { addresses: addresses.map(address), devices };
}
