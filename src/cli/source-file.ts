import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';

export interface LoadedSource {
  readonly source: Source | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The text of a file, or of stdin for `-`. A file that cannot be opened is a diagnostic (SM3007). */
export async function loadSource(file: string, encoding: 'utf8' | 'latin1' = 'utf8'): Promise<LoadedSource> {
  const name = file === '-' ? '<stdin>' : file;
  try {
    const content = file === '-' ? await text(process.stdin) : await readFile(file, encoding);
    return { source: { name, text: content }, diagnostics: [] };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    const unopened = { code: 'SM3007', labels: [], detail: (error as Error).message } as const;
    return { source: undefined, diagnostics: [unopened] };
  }
}
