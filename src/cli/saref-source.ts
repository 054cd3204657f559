import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { readSarefs } from '../pipeline.ts';
import type { SarefTable } from '../plan/saref-table.ts';
import type { Policy } from '../policy/policy.ts';
import type { Arguments } from './options.ts';
import { loadSource } from './source-file.ts';
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
  const { source, diagnostics } = await loadSource(given);
  return source === undefined ? { table: undefined, diagnostics } : readSarefs(source);
}

/** What runs commands is loaded by those who need it: it takes longer than all else. */
async function askPluto(args: Arguments, terminal: Terminal): Promise<LoadedSarefs> {
  const [{ executeHere }, { narratedIfAsked }, { readPlutoStatus }] = await Promise.all([
    import('../system/execute.ts'),
    import('./live-tools.ts'),
    import('../system/pluto.ts'),
  ]);
  const text = await readPlutoStatus(narratedIfAsked(args, terminal, executeHere));
  return readSarefs({ name: 'ipsec auto --status', text });
}
