import type { Backend } from './backend.ts';
import { openNamespace } from './namespace.ts';

/** A place to try rules in: see Trial in apply/refusal.ts. */
export interface TrialPlace {
  readonly trial: (scripts: readonly string[]) => Promise<boolean>;
  close(): Promise<void>;
}

/** @throws CommandFailed where the kernel does not allow a namespace */
export async function openTrialPlace({ restore }: Backend): Promise<TrialPlace> {
  const namespace = await openNamespace();
  return {
    async trial([table = '', ...scripts]) {
      const isTaken = async (stdin: string, ...options: string[]): Promise<boolean> =>
        (await namespace.execute({ argv: [restore, ...options], stdin })).exitCode === 0;
      if (!(await isTaken(table))) return false;
      for (const script of scripts) if (!(await isTaken(script, '--noflush'))) return false;
      return true;
    },
    close: () => namespace.close(),
  };
}
