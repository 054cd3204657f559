import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import type { BenchHost } from '../lab/host.ts';
import { iptables, ipBatch, keepText, LONGEST_SECONDS, openHost, restore } from '../lab/host.ts';
import { STOCK_ROUTING, stockTable, stockWords } from '../lab/peer-text.ts';
import type { BenchConn, Layout } from '../lab/policy-text.ts';
import { benchConns, markText, policyText } from '../lab/policy-text.ts';
import { apply } from '../lab/run.ts';
import { missedDuring } from '../lab/stream.ts';
import { inTurns, spreadOf } from '../rounds.ts';
import type { Kind, Row, Setting } from '../row.ts';
import { counted, forEachKind } from '../row.ts';

/** Which of the conns the stream is for. */
const EVERY = 16;

/** Every conn gets another SAref while packets flow: those that do not leave by mast0 meanwhile. */
export const outage: Row = {
  name: 'outage',
  measure: (setting) => forEachKind(setting, measureOn),
};

async function measureOn({ backend, layout }: Kind, setting: Setting): Promise<Figure[]> {
  setting.tell(`outage: ${layout}, ${backend}`);
  const { scale } = setting;
  const hosts = [await openHost(backend), await openHost(backend)] as const;
  try {
    const versions = twoVersions(scale.changed);
    const missed = await inTurns(scale.runs, {
      ours: await ourChange(hosts[0], setting, { layout, versions }),
      ...(await theirChanges(hosts[1], setting, versions)),
    });
    const what = `${counted(scale.changed)} conns get other SArefs, ${layout}, ${backend}: packets that miss mast0`;
    const ours = { what, unit: 'packets', ours: spreadOf(missed.ours), most: 0 } as const;
    return [
      { ...ours, peer: measured('iptables-restore of the whole table', spreadOf(missed.reload)) },
      {
        ...ours,
        what: '  against a flush before it',
        peer: measured('iptables -F, then the same', spreadOf(missed.flush)),
      },
      {
        ...ours,
        what: '  against one call for each rule',
        peer: measured('iptables -F, then iptables -A', spreadOf(missed.single)),
      },
    ];
  } finally {
    for (const host of hosts) await host.close();
  }
}

type Versions = readonly [readonly BenchConn[], readonly BenchConn[]];

function twoVersions(count: number): Versions {
  const conns = benchConns(count);
  const others = conns.map((conn) => {
    const refhim = count + conn.refhim;
    return { ...conn, refhim, mark: markText(refhim) };
  });
  return [conns, others];
}

function targetsOf([conns]: Versions): string[] {
  return conns.filter((_, index) => index % EVERY === 0).map(({ host }) => host);
}

/** Says which comes next, each time another one. */
function alternate<T>([one, other]: readonly [T, T]): () => T {
  let isOne = true;
  return () => {
    isOne = !isOne;
    return isOne ? one : other;
  };
}

type Missed = () => Promise<number>;

interface Ours {
  readonly layout: Layout;
  readonly versions: Versions;
}

async function ourChange(host: BenchHost, { folder }: Setting, { layout, versions }: Ours): Promise<Missed> {
  const files = versions.map((conns, index) =>
    keepText(folder, `outage-${String(index)}.yaml`, policyText(conns, { layout })),
  ) as [string, string];
  await apply(host, files[0]);
  const next = alternate(files);
  return () => missedDuring(host, targetsOf(versions), () => apply(host, next()));
}

/** As one would do without us: the table as a file. */
async function theirChanges(
  host: BenchHost,
  { folder }: Setting,
  versions: Versions,
): Promise<Record<'reload' | 'flush' | 'single', Missed>> {
  await ipBatch(host, STOCK_ROUTING);
  await restore(host, stockTable(versions[0]));
  const next = alternate(versions);
  const missed = (work: (conns: readonly BenchConn[]) => Promise<void>) => (): Promise<number> =>
    missedDuring(host, targetsOf(versions), () => work(next()));
  const run = (...argv: readonly [string, ...string[]]): Promise<string> =>
    host.mustRun({ argv, timeLimitSeconds: LONGEST_SECONDS });
  const load = async (conns: readonly BenchConn[]): Promise<void> => {
    await run(host.backend.restore, keepText(folder, 'outage.table', stockTable(conns)));
  };
  return {
    reload: missed(load),
    flush: missed(async (conns) => {
      await run(...iptables(host, '-F'));
      await load(conns);
    }),
    single: missed(async (conns) => {
      await run(...iptables(host, '-F', 'NEW_IPSEC_CONN'));
      for (const conn of conns) await run(...iptables(host, '-A', 'NEW_IPSEC_CONN', ...stockWords(conn)));
    }),
  };
}
