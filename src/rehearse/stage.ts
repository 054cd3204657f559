import type { Namespace } from '../system/namespace.ts';

/** Where the forwarded packets of a rehearsal come in that may come in anywhere. */
export const BRANCH_DEVICE = 'saref-branch';
const WAN_DEVICE = 'saref-wan';

/** The addresses of the branch network, 169.254.1.1 and 169.254.1.2: the gateway's and the neighbour's. */
export const BRANCH_ENDS = { near: 0xa9fe0101, far: 0xa9fe0102 } as const;

/** The neighbour's end of the mast device. */
export const FAR_MAST = 'far-mast';

/** The neighbour's ends of both. */
export const FAR_ENDS: ReadonlyMap<string, string> = new Map([
  [BRANCH_DEVICE, 'branch'],
  [WAN_DEVICE, 'wan'],
]);

/**
 * The gateway with a stand-in for its mast device, a branch network and a way to the world; all three
 * end in the neighbour. The mast device is one end of a veth without ARP, which can be had without root
 * where a TUN device cannot. Addresses of the links are link-local, so that no policy speaks of them.
 */
export async function setStage(gateway: Namespace, neighbour: Namespace, device: string): Promise<void> {
  const far = `netns ${String(neighbour.pid)}`;
  for (const host of [gateway, neighbour]) await must(host, ['sysctl', '-e', '-w', ...SWITCHES]);
  await must(gateway, ['sysctl', '-w', 'net.ipv4.ip_forward=1']);
  await batch(gateway, [
    'link set dev lo up',
    `link add ${device} address ${MAC.mastNear} type veth peer name ${FAR_MAST} ${far}`,
    `link add ${BRANCH_DEVICE} address ${MAC.branchNear} type veth peer name branch address ${MAC.branchFar} ${far}`,
    `link add ${WAN_DEVICE} address ${MAC.wanNear} type veth peer name wan address ${MAC.wanFar} ${far}`,
    `link set dev ${device} arp off`,
    `link set dev ${device} up`,
    ...endOf(BRANCH_DEVICE, { own: '169.254.1.1', other: '169.254.1.2', mac: MAC.branchFar }),
    ...endOf(WAN_DEVICE, { own: '169.254.2.1', other: '169.254.2.2', mac: MAC.wanFar }),
    // a local packet needs a route before it can meet a rule that marks it
    `route add default via 169.254.2.2 dev ${WAN_DEVICE}`,
  ]);
  await batch(neighbour, [
    'link set dev lo up',
    `link set dev ${FAR_MAST} up`,
    // the mast device has no ARP, and nobody there has an address
    `neighbour add ${NEXT_HOP} lladdr ${MAC.mastNear} nud permanent dev ${FAR_MAST}`,
    // behind all others: packets are bound to the device
    `route add default via ${NEXT_HOP} dev ${FAR_MAST} metric 4294967294 onlink`,
    ...endOf('branch', { own: '169.254.1.2', other: '169.254.1.1', mac: MAC.branchNear }),
    ...endOf('wan', { own: '169.254.2.2', other: '169.254.2.1', mac: MAC.wanNear }),
    'route add default via 169.254.1.1 dev branch',
    // for packets that are to come in there
    'route add default via 169.254.2.1 dev wan metric 1',
  ]);
}

/** No filter by reverse path: most sources of a rehearsal have no route back. No IPv6: it would chat on the devices. */
const SWITCHES = [
  'net.ipv4.ip_forward=0',
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
];

/** The same for all links: neighbours are told of it on each, and nobody has it. */
export const NEXT_HOP = '169.254.0.1';

const MAC = {
  mastNear: '02:00:00:00:03:01',
  branchNear: '02:00:00:00:01:01',
  branchFar: '02:00:00:00:01:02',
  wanNear: '02:00:00:00:02:01',
  wanFar: '02:00:00:00:02:02',
};

/** Neighbours are told and not asked for: no first packet waits for an answer. */
function endOf(device: string, { own, other, mac }: Record<'own' | 'other' | 'mac', string>): string[] {
  return [
    `link set dev ${device} up`,
    `address add ${own}/30 dev ${device}`,
    `neighbour add ${other} lladdr ${mac} nud permanent dev ${device}`,
  ];
}

/** Gives the host addresses of its own for as long as `work` takes. */
export async function withAddresses<T>(
  host: Namespace,
  addresses: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const change = (verb: string): Promise<void> =>
    batch(
      host,
      [...new Set(addresses)].map((address) => `address ${verb} ${address}/32 dev lo`),
    );
  await change('add');
  const result = await work();
  await change('delete');
  return result;
}

/** Runs lines of ip on a host, all or an error. */
export async function batch(host: Namespace, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await must(host, ['ip', '-batch', '-'], `${lines.join('\n')}\n`);
}

async function must(host: Namespace, argv: readonly [string, ...string[]], stdin?: string): Promise<void> {
  await host.mustRun(stdin === undefined ? { argv } : { argv, stdin });
}
