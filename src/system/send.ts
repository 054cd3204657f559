import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.ts';
import type { Datagram } from './udp-sender.ts';

/** Sends from a host. Per datagram "sent", or the error's code such as EHOSTUNREACH. */
export async function sendDatagrams(host: Namespace, datagrams: readonly Datagram[]): Promise<string[]> {
  const program = fileURLToPath(new URL('udp-sender.js', import.meta.url));
  const answer = await host.mustRun({
    argv: [process.execPath, program],
    stdin: `${JSON.stringify(datagrams)}\n`,
  });
  return JSON.parse(answer) as string[];
}
