import type { BackendName } from '../../src/system/backend.ts';
import type { Figure, Ratio } from '../figure.ts';
import { measured } from '../figure.ts';
import type { Flood } from '../lab/flood.ts';
import { mustLeaveBy, packetCost } from '../lab/flood.ts';
import type { BenchHost } from '../lab/host.ts';
import { GATEWAY, ipBatch, keepText, openHost, restore } from '../lab/host.ts';
import { STOCK_ROUTING, stockTable } from '../lab/peer-text.ts';
import type { BenchConn, Layout } from '../lab/policy-text.ts';
import { benchConns, policyText } from '../lab/policy-text.ts';
import { apply } from '../lab/run.ts';
import { differenceOf, inTurns, spreadOf } from '../rounds.ts';
import type { Row, Setting } from '../row.ts';
import { counted, oneOfEachBackend, ratioFor } from '../row.ts';

/** How many of the conns get packets, from the first one to the last. */
const TARGETS = 16;

/** Times less than the stock chain, with all of the conns. */
const REACH: Readonly<Record<BackendName, number>> = { legacy: 30, nf_tables: 180 };
/** With all of the conns, times what it is with a few. */
const FLAT = 1.15;

/** What a packet pays that is made here and leaves by a stand-in for mast0. */
export const packet: Row = {
  name: 'packet',
  measure: async (setting) => {
    const figures: Figure[] = [];
    for (const { backend } of oneOfEachBackend(setting)) figures.push(...(await measureOn(backend, setting)));
    return figures;
  },
};

/** Who marks the packets. */
type Marker = 'nobody' | 'stock' | Layout;

/** Nanoseconds, round by round. */
type CostOf = (marker: Marker, size: number) => readonly number[];

async function measureOn(backend: BackendName, setting: Setting): Promise<Figure[]> {
  const { sizes, most } = setting.scale;
  const costOf = await measureCosts(backend, setting);
  return layoutsOn(backend, setting).flatMap((layout) => [
    ...sizes.flatMap((size) =>
      againstStock(`${counted(size)} entries, ${layout}, ${backend}`, {
        ours: costOf(layout, size),
        stock: costOf('stock', size),
        nobody: costOf('nobody', 0),
        ratio: size === most ? ratioFor(layout, 'less', REACH[backend]) : { kind: 'less' },
      }),
    ),
    {
      what: `packet, ${counted(most)} entries, ${layout}, ${backend}`,
      unit: 'ns',
      ours: spreadOf(costOf(layout, most)),
      peer: measured(`itself, ${counted(sizes[0])} entries`, spreadOf(costOf(layout, sizes[0]))),
      ratio: ratioFor(layout, 'times', FLAT),
    },
  ]);
}

function layoutsOn(backend: BackendName, { kinds }: Setting): Layout[] {
  return kinds.filter((kind) => kind.backend === backend).map(({ layout }) => layout);
}

interface Costs {
  readonly ours: readonly number[];
  readonly stock: readonly number[];
  readonly nobody: readonly number[];
  readonly ratio: Ratio;
}

function againstStock(what: string, { ours, stock, nobody, ratio }: Costs): Figure[] {
  return [
    {
      what: `packet, ${what}`,
      unit: 'ns',
      ours: spreadOf(ours),
      peer: measured('stock chain', spreadOf(stock)),
      ratio,
    },
    {
      what: `  over no rules (${spreadOf(nobody).median.toFixed(0)} ns)`,
      unit: 'ns',
      ours: differenceOf(ours, nobody),
      peer: measured('stock chain', differenceOf(stock, nobody)),
      ratio: { kind: 'less' },
    },
  ];
}

/** All of them in one run, each on a host of its own. */
async function measureCosts(backend: BackendName, setting: Setting): Promise<CostOf> {
  const { sizes, rounds } = setting.scale;
  const arms: Arm[] = [];
  try {
    arms.push(await openArm(backend, setting, { marker: 'nobody', size: 0 }));
    for (const size of sizes)
      for (const marker of ['stock', ...layoutsOn(backend, setting)] as const) {
        setting.tell(`packet: ${marker}, ${counted(size)} entries, ${backend}`);
        arms.push(await openArm(backend, setting, { marker, size }));
      }
    setting.tell(`packet: ${String(rounds)} rounds, ${backend}`);
    const turns = arms.map(({ key, host, flood }) => [key, () => packetCost(host, flood)] as const);
    const values = await inTurns(rounds, Object.fromEntries(turns));
    return (marker, size) => values[keyOf({ marker, size })] as readonly number[];
  } finally {
    for (const { host } of arms) await host.close();
  }
}

interface Marking {
  readonly marker: Marker;
  /** How many entries. */
  readonly size: number;
}

interface Arm {
  readonly key: string;
  readonly host: BenchHost;
  readonly flood: Flood;
}

function keyOf({ marker, size }: Marking): string {
  return `${marker} ${String(size)}`;
}

/** A host whose packets are known to leave as they should. */
async function openArm(backend: BackendName, setting: Setting, marking: Marking): Promise<Arm> {
  const host = await openHost(backend);
  const conns = benchConns(marking.size === 0 ? setting.scale.most : marking.size);
  const flood = { source: GATEWAY, targets: targetsOf(conns), ms: setting.scale.floodMs };
  await setMarker(host, setting, { ...marking, conns });
  const device = marking.marker === 'nobody' ? 'wan0' : 'mast0';
  await mustLeaveBy({ sender: host, gateway: host, device }, { ...flood, ms: 1 });
  return { key: keyOf(marking), host, flood };
}

function targetsOf(conns: readonly BenchConn[]): string[] {
  const step = (conns.length - 1) / (TARGETS - 1);
  return Array.from({ length: TARGETS }, (_, index) => (conns[Math.floor(index * step)] as BenchConn).host);
}

async function setMarker(
  host: BenchHost,
  { folder }: Setting,
  { marker, conns }: Marking & { readonly conns: readonly BenchConn[] },
): Promise<void> {
  switch (marker) {
    case 'nobody':
      return;
    case 'stock':
      await ipBatch(host, STOCK_ROUTING);
      await restore(host, stockTable(conns));
      return;
    default:
      await apply(host, keepText(folder, 'packet.yaml', policyText(conns, { layout: marker })));
  }
}
