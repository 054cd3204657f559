import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Packet } from '../../src/domain/packet.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { packetLine, SENDER_ARGV } from '../../src/system/send.ts';
import { bytesOf } from '../../src/verify/payload.ts';

/** A sender that stays: one process for many batches. */
export interface Sender {
  /** From addresses that the host has. */
  send(packets: readonly Packet[]): Promise<string[]>;
  close(): Promise<void>;
}

export function openSender({ prefix: [file, ...args] }: Namespace): Sender {
  const child = spawn(file, [...args, ...SENDER_ARGV], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async send(packets) {
      child.stdin.write(
        packets.map((one) => packetLine({ bytes: bytesOf(one), device: undefined })).join(''),
      );
      const results: string[] = [];
      while (results.length < packets.length) results.push((await answers.next()).value as string);
      return results;
    },
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}
