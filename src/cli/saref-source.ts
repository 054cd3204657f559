import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { isError, sortDiagnostics } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import { checkStatus } from '../plan/checks/status.ts';
import { parsePlutoStatus } from '../plan/pluto-status.ts';
import type { SarefTable } from '../plan/saref-table.ts';
import { tableOfStatus } from '../plan/saref-table.ts';
import { checkSarefLines } from '../policy/checks/saref-range.ts';
import type { Policy } from '../policy/policy.ts';
import { parseSarefMap } from '../policy/saref-map.ts';
import type { Arguments } from './options.ts';
import { loadSource } from './source-file.ts';
import { checkTrusted } from './trusted-file.ts';
import type { Terminal } from './terminal.ts';

export interface LoadedSarefs {
  readonly table: SarefTable | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** What --sarefs names, or else what the policy does. */
export async function loadSarefs(
  args: Arguments,
  terminal: Terminal,
  said: Policy['sarefs'] | undefined,
): Promise<LoadedSarefs> {
  const given = args.isSet('sarefs') ? args.value('sarefs') : undefined;
  if (given === undefined && said !== 'pluto')
    return { table: said && { kind: 'map', lines: said }, diagnostics: [] };
  if (given === undefined || given === 'pluto') return askPluto(args, terminal);
  const refused = await checkTrusted(given, args);
  if (refused.length > 0) return { table: undefined, diagnostics: refused };
  const { source, diagnostics } = await loadSource(given);
  return source === undefined ? { table: undefined, diagnostics } : readSarefs(source, 'either');
}

/** What runs commands is loaded by those who need it: it takes longer than all else. */
async function askPluto(args: Arguments, terminal: Terminal): Promise<LoadedSarefs> {
  const [{ executeHere }, { narratedIfAsked }, { readPlutoStatus }] = await Promise.all([
    import('../system/execute.ts'),
    import('./live-tools.ts'),
    import('../system/pluto.ts'),
  ]);
  const text = await readPlutoStatus(narratedIfAsked(args, terminal, executeHere));
  return readSarefs({ name: 'ipsec auto --status', text }, 'pluto');
}

/** What pluto prints, known by its content, or else a map like that of a policy. */
function readSarefs(source: Source, kind: 'pluto' | 'either'): LoadedSarefs {
  const status = parsePlutoStatus(source);
  const isStatus = kind === 'pluto' || status.diagnostics.length === 0 || /^whack: /m.test(source.text);
  const map = isStatus ? undefined : parseSarefMap(source);
  const table: SarefTable = map ? { kind: 'map', lines: map.lines } : tableOfStatus(status);
  const { diagnostics } = map ?? { diagnostics: [...status.diagnostics, ...checkStatus(status)] };
  const all = sortDiagnostics([...diagnostics, ...checkSarefLines(table.lines)]);
  return { table: all.some(isError) ? undefined : table, diagnostics: all };
}
