import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Compilation } from '../pipeline.ts';
import { compilePolicy, readPolicy } from '../pipeline.ts';
import type { Arguments } from './options.ts';
import { UsageError } from './options.ts';

export interface LoadedPolicy extends Compilation {
  /** As the user calls it. */
  readonly name: string;
}

/** The policy that the command line names; a file that cannot be opened is a diagnostic (SM3007). */
export async function loadPolicy({ positionals }: Arguments): Promise<LoadedPolicy> {
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError('one policy file is needed');
  const name = file === '-' ? '<stdin>' : file;
  try {
    const source = { name, text: file === '-' ? await text(process.stdin) : await readFile(file, 'utf8') };
    return { name, ...compilePolicy(readPolicy(source)) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { name, compiled: undefined, diagnostics: [unopened((error as Error).message)] };
  }
}

function unopened(message: string): Diagnostic {
  return { code: 'SM3007', labels: [], detail: message };
}
