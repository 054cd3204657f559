import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import type { Flood } from '../lab/flood.ts';
import { packetCost } from '../lab/flood.ts';
import { GATEWAY, keepText, restore } from '../lab/host.ts';
import { inboundLists } from '../lab/peer-text.ts';
import type { BenchConn, Layout } from '../lab/policy-text.ts';
import { benchConns, middleOf, policyText } from '../lab/policy-text.ts';
import { apply } from '../lab/run.ts';
import type { Tunnel } from '../lab/tunnel.ts';
import { openTunnel, sendAs } from '../lab/tunnel.ts';
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
  const tunnels: Tunnel[] = [];
  try {
    for (const by of MAPPINGS) {
      setting.tell(`inbound: ${by}, ${backend}`);
      const tunnel = await openTunnel(backend);
      tunnels.push(tunnel);
      await setMapping(tunnel, setting, { by, layout, conns });
    }
    const [unmapped, ours, lists] = tunnels.map(
      ({ client }) =>
        () =>
          packetCost(client, floodOf(conns, setting.scale.floodMs)),
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
    for (const tunnel of tunnels) await tunnel.close();
  }
}

/** All of one flow, by the conn in the middle. */
function floodOf(conns: readonly BenchConn[], ms: number): Flood {
  return { source: middleOf(conns).host, targets: [GATEWAY], ms };
}

interface Mapping {
  readonly by: MappedBy;
  readonly layout: Layout;
  readonly conns: readonly BenchConn[];
}

async function setMapping(
  tunnel: Tunnel,
  { folder }: Setting,
  { by, layout, conns }: Mapping,
): Promise<void> {
  const policy = policyText(conns, { layout, hasInbound: by === 'ours' });
  await apply(tunnel.gateway, keepText(folder, 'inbound.yaml', policy));
  if (by === 'lists') await restore(tunnel.gateway, inboundLists(conns));
  const { host, inboundMark } = middleOf(conns);
  await sendAs(tunnel, host, inboundMark);
}
