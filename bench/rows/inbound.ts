import type { BackendName } from '../../src/system/backend.ts';
import { spawnUntilReady } from '../../src/system/namespace.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { openNeighbour } from '../../src/system/namespace.ts';
import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import type { Flood } from '../lab/flood.ts';
import { packetCost } from '../lab/flood.ts';
import type { BenchHost } from '../lab/host.ts';
import { GATEWAY, ipBatch, keepText, openHost, perlFile, restore, setSwitches } from '../lab/host.ts';
import { inboundLists } from '../lab/peer-text.ts';
import type { BenchConn, Layout } from '../lab/policy-text.ts';
import { benchConns, policyText } from '../lab/policy-text.ts';
import { apply } from '../lab/run.ts';
import type { Turn } from '../rounds.ts';
import { differenceOf, inTurns } from '../rounds.ts';
import type { Kind, Row, Setting } from '../row.ts';
import { counted, forEachKind, oneOfEachBackend } from '../row.ts';

/** Times less than two lists, over no mapping. */
const REACH = 100;

/** What it costs a packet that mast has decapsulated that its flow learns its conn and its zone. */
export const inbound: Row = {
  name: 'inbound',
  // how entries are laid out makes no difference to what comes in
  measure: (setting) => forEachKind({ ...setting, kinds: oneOfEachBackend(setting) }, measureOn),
};

const MAPPINGS = ['unmapped', 'ours', 'lists'] as const;
type MappedBy = (typeof MAPPINGS)[number];

async function measureOn({ backend, layout }: Kind, setting: Setting): Promise<Figure[]> {
  const conns = benchConns(setting.scale.many);
  const arms: Arm[] = [];
  try {
    for (const by of MAPPINGS) {
      setting.tell(`inbound: ${by}, ${backend}`);
      arms.push(await openArm(backend));
      await setMapping(arms.at(-1) as Arm, setting, { by, layout, conns });
    }
    const [unmapped, ours, lists] = arms.map(
      (arm) => () => packetCost(arm.client, floodOf(conns, setting.scale.floodMs)),
    ) as [Turn, Turn, Turn];
    const costs = await inTurns(setting.scale.rounds, { unmapped, ours, lists });
    return [
      {
        what: `packet in by mast0 over no mapping, ${counted(conns.length)} conns mapped, ${backend}`,
        unit: 'ns',
        ours: differenceOf(costs.ours, costs.unmapped),
        peer: measured('two lists', differenceOf(costs.lists, costs.unmapped)),
        ratio: { kind: 'less', reach: REACH },
      },
    ];
  } finally {
    for (const arm of arms) await arm.close();
  }
}

/** All of one flow, by the conn in the middle: a list is on the average read that far. */
function floodOf(conns: readonly BenchConn[], ms: number): Flood {
  return { source: middleOf(conns).host, targets: [GATEWAY], ms };
}

function middleOf(conns: readonly BenchConn[]): BenchConn {
  return conns[Math.floor(conns.length / 2)] as BenchConn;
}

/** A gateway with a socket, and a client whose packets come out of its mast0. */
interface Arm {
  readonly gateway: BenchHost;
  readonly client: Namespace;
  close(): Promise<void>;
}

async function openArm(backend: BackendName): Promise<Arm> {
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

interface Mapping {
  readonly by: MappedBy;
  readonly layout: Layout;
  readonly conns: readonly BenchConn[];
}

async function setMapping(
  { gateway, client }: Arm,
  { folder }: Setting,
  { by, layout, conns }: Mapping,
): Promise<void> {
  const policy = policyText(conns, { layout, hasInbound: by === 'ours' });
  await apply(gateway, keepText(folder, 'inbound.yaml', policy));
  if (by === 'lists') await restore(gateway, inboundLists(conns));
  const { host, inboundMark } = middleOf(conns);
  await ipBatch(client, [`address add ${host}/32 dev lo`]);
  // where mast would have decapsulated it
  await restore(
    gateway,
    `*raw\n-I PREROUTING 1 -i mast0 -j MARK --set-xmark ${inboundMark}/0xffff0000\nCOMMIT\n`,
  );
}
