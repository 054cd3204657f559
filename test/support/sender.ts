import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Namespace } from '../../src/system/namespace.ts';
import type { Datagram } from '../../src/system/udp-sender.ts';

/** A sender that stays: one process for many batches. */
export interface Sender {
  send(datagrams: readonly Datagram[]): Promise<string[]>;
  close(): Promise<void>;
}

export function openSender({ prefix: [file, ...args] }: Namespace): Sender {
  const program = fileURLToPath(new URL('../../src/system/udp-sender.js', import.meta.url));
  const child = spawn(file, [...args, process.execPath, program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async send(datagrams) {
      child.stdin.write(`${JSON.stringify(datagrams)}\n`);
      const { value } = (await answers.next()) as { value: string };
      return JSON.parse(value) as string[];
    },
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}
