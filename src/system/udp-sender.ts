/**
 * A program of its own, to be run inside a namespace: reads lines of JSON, each a list of datagrams,
 * sends them, and answers each line with one of results, "sent" or the error's code.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Datagram {
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  /** How many times it is sent. */
  readonly copies: number;
}

async function send({ src, sport, dst, dport, copies }: Datagram): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.bind({ address: src, port: sport, exclusive: true });
    await once(socket, 'listening');
    for (let copy = 0; copy < copies; copy += 1) await sendOnce();
    return 'sent';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.close();
  }

  function sendOnce(): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.send('saref-mark probe', dport, dst, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const results: string[] = [];
  for (const datagram of JSON.parse(line) as Datagram[]) results.push(await send(datagram));
  process.stdout.write(`${JSON.stringify(results)}\n`);
}
