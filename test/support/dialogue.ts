import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that answers each line of its stdin with one of its stdout, and ends with its stdin. */
export interface Dialogue {
  ask(line: string): Promise<string>;
  close(): Promise<void>;
}

/** Resolves when the program has said its first line. */
export async function openDialogue(argv: readonly [string, ...string[]]): Promise<Dialogue> {
  const [file, ...args] = argv;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value } = (await lines.next()) as { value: string | undefined };
    if (value === undefined) throw new Error(`a program has ended: ${argv.slice(-3).join(' ')}`);
    return value;
  };
  await next();
  return {
    ask(line) {
      child.stdin.write(`${line}\n`);
      return next();
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'close');
    },
  };
}
