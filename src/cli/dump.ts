import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import { setAskedBy } from '../host/ip-set.ts';
import { parseSets } from '../host/ip-set-text.ts';
import { isOurSet } from '../host/own-chains.ts';
import type { HostReading } from '../host/parse.ts';
import { parseTable, UNREAD_SETS } from '../host/parse.ts';
import type { HostState, Tables } from '../host/state.ts';
import { onKernel, TABLE_NAMES } from '../host/state.ts';
import { loadSource } from './source-file.ts';

/**
 * The host whose rules iptables-save printed to a file, and ipset save its sets, in the same file. A dump has
 * no routes: those of the policy are taken to be there, and so are its tables nat and raw where the dump has
 * none.
 */
export async function loadDump(file: string, host: HostState): Promise<HostReading> {
  const { source, diagnostics } = await loadSource(file, 'bytes');
  return source === undefined ? { state: undefined, diagnostics } : hostIn(source, host);
}

/** The same for who has to know each element: undefined where rules ask sets that the dump does not hold. */
export async function loadWholeDump(file: string, host: HostState): Promise<HostReading> {
  const { state, diagnostics } = await loadDump(file, host);
  const missing = state === undefined ? [] : setsAsked(state).filter((name) => !state.sets.has(name));
  if (missing.length === 0) return { state, diagnostics };
  return { state: undefined, diagnostics: [...diagnostics, missingSets(file, missing)] };
}

function setsAsked(state: HostState): string[] {
  const names = [...state.tables.mangle.chains.values()].flatMap(({ rules }) =>
    rules.flatMap(({ rule }) => setAskedBy(rule) ?? []),
  );
  return [...new Set(names)].filter(isOurSet);
}

function missingSets(file: string, names: readonly string[]): Diagnostic {
  return {
    code: 'SM2003',
    labels: [],
    detail: `${file} has rules that ask ${names.join(', ')}, and not what is in there: iptables-save does not print that.`,
    help: `put both into one file:\n(iptables-save; ipset save) > ${file}`,
  };
}

/** As ipset save prints them; the lines of the others keep their numbers. */
const SET_LINE = /^(?:create|add) .*$/gm;

function hostIn({ name: file, text }: Source, host: HostState): HostReading {
  const source = { name: file, text: text.replace(SET_LINE, '') };
  const all = parseSets([...text.matchAll(SET_LINE)].map(([line]) => line).join('\n'));
  if (all === undefined) return { state: undefined, diagnostics: [UNREAD_SETS] };
  const sets = new Map([...all].filter(([name]) => isOurSet(name)));
  const printed = TABLE_NAMES.filter((name) => name === 'mangle' || source.text.includes(`*${name}\n`));
  const readings = printed.map((name) => [name, parseTable(name, source)] as const);
  const tables = readings.map(([name, { table }]) => [name, table] as const);
  const diagnostics = readings.flatMap(([, reading]) => reading.diagnostics);
  if (tables.some(([, table]) => table === undefined)) return { state: undefined, diagnostics };
  const read = Object.fromEntries(tables) as Partial<Tables>;
  return { state: onKernel({ ...host, sets, tables: { ...host.tables, ...read } }), diagnostics };
}
