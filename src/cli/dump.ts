import type { Source } from '../diagnostics/source.ts';
import type { HostReading } from '../host/parse.ts';
import { parseTable } from '../host/parse.ts';
import type { HostState, Tables } from '../host/state.ts';
import { onKernel, TABLE_NAMES } from '../host/state.ts';
import { loadSource } from './source-file.ts';

/**
 * The host whose rules iptables-save printed to a file. A dump has no routes: those of the policy are taken
 * to be there, and so are its tables nat and raw where the dump has none.
 */
export async function loadDump(file: string, host: HostState): Promise<HostReading> {
  const { source, diagnostics } = await loadSource(file, 'latin1');
  return source === undefined ? { state: undefined, diagnostics } : hostIn(source, host);
}

function hostIn(source: Source, host: HostState): HostReading {
  const printed = TABLE_NAMES.filter((name) => name === 'mangle' || source.text.includes(`*${name}\n`));
  const readings = printed.map((name) => [name, parseTable(name, source)] as const);
  const tables = readings.map(([name, { table }]) => [name, table] as const);
  const diagnostics = readings.flatMap(([, reading]) => reading.diagnostics);
  if (tables.some(([, table]) => table === undefined)) return { state: undefined, diagnostics };
  const read = Object.fromEntries(tables) as Partial<Tables>;
  return { state: onKernel({ ...host, tables: { ...host.tables, ...read } }), diagnostics };
}
