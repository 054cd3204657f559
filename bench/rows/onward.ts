import { LAST_SAREF } from '../../src/domain/saref.ts';
import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import { mustLeaveBy, packetCost } from '../lab/flood.ts';
import { ipBatch, keepText } from '../lab/host.ts';
import type { BenchConn, Layout } from '../lab/policy-text.ts';
import { benchConns, markText, middleOf, policyText } from '../lab/policy-text.ts';
import { apply } from '../lab/run.ts';
import type { Tunnel } from '../lab/tunnel.ts';
import { openTunnel, sendAs } from '../lab/tunnel.ts';
import type { Turn } from '../rounds.ts';
import { differenceOf, inTurns } from '../rounds.ts';
import type { Kind, Row, Setting } from '../row.ts';
import { counted, forEachKind } from '../row.ts';

/** What a packet pays that goes from client to client. */
export const onward: Row = {
  name: 'onward',
  measure: (setting) =>
    forEachKind({ ...setting, kinds: setting.kinds.filter(({ layout }) => layout !== 'rules') }, measureOn),
};

const ARMS = ['nothing', 'ours', 'rules'] as const;

/** The client that sends, by an SA that no entry speaks of. */
const CLIENT = '203.0.113.7';
const STRANGER = markText(LAST_SAREF);

async function measureOn({ backend, layout }: Kind, setting: Setting): Promise<Figure[]> {
  const conns = benchConns(setting.scale.many);
  const flood = { source: CLIENT, targets: [middleOf(conns).host], ms: setting.scale.floodMs };
  const tunnels: Tunnel[] = [];
  try {
    for (const arm of ARMS) {
      setting.tell(`onward: ${arm === 'ours' ? layout : arm}, ${backend}`);
      const tunnel = await openTunnel(backend);
      tunnels.push(tunnel);
      if (arm !== 'nothing')
        await setEntries(tunnel, setting, { layout: arm === 'ours' ? layout : arm, conns });
      // without entries the main table sends them the same way
      else await ipBatch(tunnel.gateway, ['route add 10.0.0.0/8 dev mast0']);
      await tunnel.gateway.mustRun({ argv: ['sysctl', '-w', 'net.ipv4.ip_forward=1'] });
      await sendAs(tunnel, CLIENT, STRANGER);
      await mustLeaveBy({ ...tunnel, sender: tunnel.client, device: 'mast0' }, { ...flood, ms: 1 });
    }
    const [nothing, ours, rules] = tunnels.map(
      ({ client }) =>
        () =>
          packetCost(client, flood),
    ) as [Turn, Turn, Turn];
    const costs = await inTurns(setting.scale.rounds, { nothing, ours, rules });
    return [
      {
        what: `packet from client to client over no entries, ${counted(conns.length)} of them, ${layout}, ${backend}`,
        unit: 'ns',
        ours: differenceOf(costs.ours, costs.nothing),
        peer: measured('the same entries as rules', differenceOf(costs.rules, costs.nothing)),
        ratio: { kind: 'less' },
      },
    ];
  } finally {
    for (const tunnel of tunnels) await tunnel.close();
  }
}

interface Entries {
  readonly layout: Layout;
  readonly conns: readonly BenchConn[];
}

async function setEntries(
  { gateway }: Tunnel,
  { folder }: Setting,
  { layout, conns }: Entries,
): Promise<void> {
  await apply(gateway, keepText(folder, 'onward.yaml', policyText(conns, { layout, in: 'mast0' })));
}
