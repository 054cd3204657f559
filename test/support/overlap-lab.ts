import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { hexOf } from '../../src/domain/mark.ts';
import { batch } from '../../src/rehearse/stage.ts';
import type { BackendName } from '../../src/system/backend.ts';
import { findBackend } from '../../src/system/backend.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { openNeighbour } from '../../src/system/namespace.ts';
import type { Carrier } from './carrier.ts';
import { openCarrier } from './carrier.ts';
import type { Operator } from './gateway-lab.ts';
import { openOperator } from './gateway-lab.ts';
import { addLan, openMastWire } from './mast-wire.ts';
import type { Host } from './talk.ts';
import { openHost } from './talk.ts';
import type { Watch } from './wire.ts';
import { openWatch } from './wire.ts';

/** The SArefs of a conn. */
export interface Sa {
  readonly ref: number;
  readonly refhim: number;
}

export const CLIENTS = ['client1', 'client2'] as const;
export type ClientName = (typeof CLIENTS)[number];

export const SAS: Readonly<Record<ClientName, Sa>> = {
  client1: { ref: 17, refhim: 18 },
  client2: { ref: 21, refhim: 22 },
};

/** Of both clients. */
export const CLIENT_NETWORK = '192.168.0.0/24';
export const CLIENT_HOST = '192.168.0.10';
/** Of the gateway, and of the host behind it. */
export const SERVER = '10.9.1.1';
export const BEHIND = '10.9.3.7';

const GATEWAY_WAN = '203.0.113.1';

interface Client {
  readonly host: Namespace;
  readonly carrier: Carrier;
  /** What comes out of its tunnel. */
  readonly watch: Watch;
}

/**
 * A gateway, a host behind it, and two clients behind a router with NAT, who both have the network
 * 192.168.0.0/24 with a host .10. Each of the four says who it is. Carriers stand in for the SAs.
 */
export interface OverlapLab extends Operator {
  readonly gateway: Namespace;
  readonly behind: Namespace;
  readonly clients: Readonly<Record<ClientName, Client>>;
  readonly server: Host;
  readonly behindServer: Host;
  readonly carrier: Carrier;
  readonly tools: HostTools;
  /** Gives a client an SA at both ends; older ones stay. */
  setSa(client: ClientName, sa: Sa): Promise<void>;
  /** What came to the router since the last time but the datagrams of the carriers. */
  inClear(): Promise<string[]>;
  /** Packets that left by mast0 with the mark of each SAref, by the counters of the gateway. */
  counted(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** Of all SAs that a test may give. */
const REFHIMS = [18, 22, 26, 30];

export async function openOverlapLab(backend: BackendName): Promise<OverlapLab> {
  const gateway = await openMastWire();
  await addLan(gateway, '10.9.3.0/24');
  const [router, behind, ...hosts] = await Promise.all(
    ['router', 'behind', ...CLIENTS].map(() => openNeighbour(gateway)),
  );
  assert.ok(router && behind);
  await connect({ gateway, router, behind, hosts });
  const tools = hostTools(gateway.execute, {
    backend: await findBackend(gateway.execute, backend),
    waitSeconds: 5,
  });
  await router.mustRun({
    argv: [tools.backend.restore, '--noflush'],
    stdin: '*nat\n-A POSTROUTING -o wan -j MASQUERADE\nCOMMIT\n',
  });
  await tools.restore(['*mangle', ...REFHIMS.map(dscpRule), 'COMMIT', ''].join('\n'));
  const wire = await openWatch(router);
  const [server, behindServer, carrier] = await Promise.all([
    openHost(gateway, { name: 'server', address: SERVER }),
    openHost(behind, { name: 'behind', address: BEHIND }),
    openCarrier(gateway, 'mast0'),
  ]);
  const clientServers: Host[] = [];
  const entries = CLIENTS.map(async (name, index) => {
    const host = hosts[index] as Namespace;
    clientServers.push(await openHost(host, { name, address: CLIENT_HOST }));
    return [name, { host, carrier: await openCarrier(host, 'tun'), watch: await openWatch(host) }] as const;
  });
  const clients = Object.fromEntries(await Promise.all(entries)) as unknown as OverlapLab['clients'];
  const setSa = async (client: ClientName, { ref, refhim }: Sa): Promise<void> => {
    await carrier.setSa(refhim, refhim, ref);
    await clients[client].carrier.setSa(0, ref, `${GATEWAY_WAN}:4500`);
  };
  for (const name of CLIENTS) await setSa(name, SAS[name]);
  await gateway.mustRun({ argv: ['mount', '-t', 'tmpfs', 'tmpfs', '/var/lib'] });
  const operator = await openOperator(gateway, backend);
  return {
    ...operator,
    ...{ gateway, behind, clients, server, behindServer, carrier, tools, setSa },
    async inClear() {
      await setTimeout(60);
      return (await wire.heard()).filter((line) => !CARRIED.test(line));
    },
    async counted() {
      const dump = await tools.readCounters();
      return Object.fromEntries(
        REFHIMS.map((refhim) => [
          refhim,
          Number(new RegExp(`^\\[(\\d+):.* --mark ${hexOf(markOf(refhim))}/`, 'm').exec(dump)?.[1]),
        ]),
      );
    },
    async close() {
      const { client1, client2 } = clients;
      const talking = [wire, server, behindServer, carrier, ...clientServers];
      for (const one of [client1.carrier, client1.watch, client2.carrier, client2.watch, ...talking])
        await one.close();
      for (const one of [...hosts, behind, router, gateway]) await one.close();
      await operator.leave();
    },
  };
}

const CARRIED = / udp (?:203\.0\.113\.1:4500 \S+|\S+ 203\.0\.113\.1:4500)$/;

/** DSCP stands in for the nfmark on the wire. */
function dscpRule(refhim: number): string {
  const mark = `${hexOf(markOf(refhim))}/0xffff0000`;
  return `-A POSTROUTING -o mast0 -m mark --mark ${mark} -j DSCP --set-dscp ${hexOf(refhim)}`;
}

function markOf(refhim: number): number {
  return 0x80000000 + refhim * 0x10000;
}

interface Hosts {
  readonly gateway: Namespace;
  readonly router: Namespace;
  readonly behind: Namespace;
  readonly hosts: readonly Namespace[];
}

/** What ended in far ends of the gateway's own ends elsewhere; the clients have wires and tunnels of their own. */
async function connect({ gateway, router, behind, hosts }: Hosts): Promise<void> {
  for (const one of [router, ...hosts]) {
    const switches = ['ip_forward=1', 'conf.all.rp_filter=0', 'conf.default.rp_filter=0'];
    await one.mustRun({ argv: ['sysctl', '-w', ...switches.map((text) => `net.ipv4.${text}`)] });
    await one.mustRun({ argv: ['sysctl', '-w', 'net.ipv6.conf.all.disable_ipv6=1'] });
  }
  await batch(gateway, [
    `link set dev far-wan netns ${String(router.pid)} name wan`,
    'link set dev wan arp on',
    `address add ${GATEWAY_WAN}/24 dev wan`,
    'route replace default via 203.0.113.254 dev wan',
    `link set dev far-lan netns ${String(behind.pid)} name lan`,
    'link set dev lan arp on',
    'address add 10.9.3.1/24 dev lan',
  ]);
  await batch(router, [
    'link set dev lo up',
    'link set dev wan arp on up',
    'address add 203.0.113.254/24 dev wan',
  ]);
  await batch(behind, [
    'link set dev lo up',
    'link set dev lan arp on up',
    `address add ${BEHIND}/24 dev lan`,
    'route add default via 10.9.3.1',
  ]);
  for (const [index, host] of hosts.entries()) {
    const wire = `r${String(index + 1)}`;
    const network = `172.31.${String(index + 1)}`;
    await batch(router, [
      `link add ${wire} type veth peer name wan netns ${String(host.pid)}`,
      `link set dev ${wire} up`,
      `address add ${network}.1/24 dev ${wire}`,
    ]);
    await batch(host, [
      'link set dev lo up',
      'link set dev wan up',
      `address add ${network}.2/24 dev wan`,
      `address add ${CLIENT_HOST}/24 dev lo`,
      `route add default via ${network}.1`,
      'link add tun type veth peer name far-tun',
      'link set dev tun arp off up',
      'link set dev far-tun arp off up',
      `route add 10.9.0.0/16 dev tun src ${CLIENT_HOST}`,
    ]);
  }
}
