import type { BenchHost } from './host.ts';
import { keepText } from './host.ts';
import type { Taken } from './run.ts';
import { taken } from './run.ts';

/** Files that bring a host without rules to where another one is. */
export interface FinalText {
  readonly tables: string;
  /** Undefined where there are no sets. */
  readonly sets: string | undefined;
}

export async function finalText(host: BenchHost, folder: string): Promise<FinalText> {
  const tables = await host.mustRun({ argv: [host.backend.save] });
  const { stdout: sets } = await host.execute({ argv: ['ipset', 'save'] });
  return {
    tables: keepText(folder, 'final.tables', tables),
    sets: sets === '' ? undefined : keepText(folder, 'final.sets', sets),
  };
}

/** As fast as the tools are: no look at what is there, nor at what became of it. */
export async function loadBare(host: BenchHost, { tables, sets }: FinalText): Promise<Taken> {
  const bySet = sets === undefined ? { ms: 0, mb: 0 } : await taken(host, ['ipset', 'restore'], sets);
  const byTable = await taken(host, [host.backend.restore], tables);
  return { ms: bySet.ms + byTable.ms, mb: Math.max(bySet.mb, byTable.mb) };
}

/** What one has to run to know all that is there, at the least. */
export async function saveBare(host: BenchHost): Promise<Taken> {
  const byTable = await taken(host, [host.backend.save]);
  const bySet = await taken(host, ['ipset', 'save']);
  return { ms: bySet.ms + byTable.ms, mb: Math.max(bySet.mb, byTable.mb) };
}
