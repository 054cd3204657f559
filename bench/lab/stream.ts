import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Namespace } from '../../src/system/namespace.ts';
import { packetsOut } from './flood.ts';
import { GATEWAY, perlFile } from './host.ts';

/** How many packets of a steady stream, one a millisecond, did not leave by mast0 while something was done. */
export async function missedDuring(
  host: Namespace,
  targets: readonly string[],
  work: () => Promise<unknown>,
): Promise<number> {
  const before = await packetsOut(host, 'mast0');
  const [file, ...args] = host.prefix;
  const argv = [...args, 'perl', perlFile('stream.pl'), GATEWAY, ...targets];
  const child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async (): Promise<string> => ((await lines.next()) as { value: string }).value;
  try {
    await said();
    await work();
  } finally {
    child.stdin.end();
  }
  const sent = Number(await said());
  return sent - ((await packetsOut(host, 'mast0')) - before);
}
