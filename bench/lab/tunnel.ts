import type { BackendName } from '../../src/system/backend.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { openNeighbour, spawnUntilReady } from '../../src/system/namespace.ts';
import type { BenchHost } from './host.ts';
import { ipBatch, openHost, perlFile, restore, setSwitches } from './host.ts';

/** A gateway with a socket, and a client whose packets come out of its mast0. */
export interface Tunnel {
  readonly gateway: BenchHost;
  readonly client: Namespace;
  close(): Promise<void>;
}

export async function openTunnel(backend: BackendName): Promise<Tunnel> {
  const gateway = await openHost(backend, []);
  const client = await openNeighbour(gateway);
  await setSwitches(client);
  // the two ends have the same address: what leaves by one is for the other
  const end = (device: string): string => `name ${device} address 02:00:00:00:00:01`;
  await ipBatch(gateway, [
    `link add ${end('mast0')} type veth peer ${end('tunnel')} netns ${String(client.pid)}`,
    'link set dev mast0 arp off up',
  ]);
  await ipBatch(client, [
    'link set dev lo up',
    'link set dev tunnel arp off up',
    'route add default dev tunnel',
  ]);
  const sink = await spawnUntilReady([...gateway.prefix, 'perl', perlFile('sink.pl')]);
  return {
    gateway,
    client,
    async close() {
      await sink.close();
      await client.close();
      await gateway.close();
    },
  };
}

/** What the client sends from there has this nfmark, as if mast had decapsulated it. */
export async function sendAs({ gateway, client }: Tunnel, host: string, nfmark: string): Promise<void> {
  await ipBatch(client, [`address add ${host}/32 dev lo`]);
  const mark = `-j MARK --set-xmark ${nfmark}/0xffff0000`;
  await restore(gateway, `*raw\n-I PREROUTING 1 -i mast0 ${mark}\nCOMMIT\n`);
}
