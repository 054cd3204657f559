import type { Command } from '../../src/system/execute.ts';
import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import type { BenchHost } from '../lab/host.ts';
import { ipBatch, keepText, openHost, restore } from '../lab/host.ts';
import { STOCK_ROUTING, stockTable } from '../lab/peer-text.ts';
import type { BenchConn, Layout } from '../lab/policy-text.ts';
import { benchConns, markText, policyText } from '../lab/policy-text.ts';
import { apply, sarefMark, taken } from '../lab/run.ts';
import { spdadd, spddel } from '../lab/stock-script.ts';
import { inTurns, spreadOf } from '../rounds.ts';
import type { Kind, Row, Setting } from '../row.ts';
import { counted, forEachKind, ratioFor } from '../row.ts';

/** Times less than the stock script's two calls, for the commands that change the kernel. */
const REACH = 20;

/** A conn in the middle gets another SAref, as in a rekey. */
export const oneChange: Row = {
  name: 'one-change',
  measure: (setting) => forEachKind(setting, measureOn),
};

async function measureOn({ backend, layout }: Kind, setting: Setting): Promise<Figure[]> {
  setting.tell(`one-change: ${layout}, ${backend}`);
  const { scale } = setting;
  const hosts = [await openHost(backend), await openHost(backend)] as const;
  try {
    const versions = twoVersions(scale.most);
    const changes = await ourChanges(hosts[0], setting, { layout, versions });
    const stock = await stockChange(hosts[1], versions);
    const times = await inTurns(scale.runs, { ...changes, stock });
    const what = `one of ${counted(scale.most)} conns gets another SAref, ${layout}, ${backend}`;
    const peer = measured('spdadd and spddel of the stock script', spreadOf(times.stock));
    return [
      {
        what: `${what}: the change in the kernel`,
        unit: 'ms',
        ours: spreadOf(times.kernel),
        peer,
        ratio: ratioFor(layout, 'less', REACH),
      },
      {
        what: '  the whole command',
        unit: 'ms',
        ours: spreadOf(times.command),
        peer,
        ratio: ratioFor(layout, 'times', 1),
      },
    ];
  } finally {
    for (const host of hosts) await host.close();
  }
}

type Versions = readonly [readonly BenchConn[], readonly BenchConn[]];

/** The last SAref belongs to nobody: one in the middle has its own, or that one. */
function twoVersions(most: number): Versions {
  const conns = benchConns(most).slice(0, -1);
  const middle = Math.floor(conns.length / 2);
  return [conns, conns.with(middle, { ...(conns[middle] as BenchConn), refhim: most, mark: markText(most) })];
}

interface Ours {
  readonly layout: Layout;
  readonly versions: Versions;
}

/** What the command writes to get there, by the bare tools; and the command that takes it back. */
async function ourChanges(
  host: BenchHost,
  { folder }: Setting,
  { layout, versions }: Ours,
): Promise<Record<'kernel' | 'command', () => Promise<number>>> {
  const [before, after] = versions.map((conns, index) =>
    keepText(folder, `change-${String(index)}.yaml`, policyText(conns, { layout })),
  ) as [string, string];
  await apply(host, before);
  const writes = writesOf(folder, await apply(host, after, '--verbose'));
  await apply(host, before);
  return {
    kernel: async () => {
      let sum = 0;
      for (const { argv, stdin } of writes) sum += (await taken(host, argv, stdin)).ms;
      return sum;
    },
    command: async () => (await taken(host, sarefMark(host, 'apply', before))).ms,
  };
}

interface Write {
  readonly argv: Command['argv'];
  /** A file. */
  readonly stdin: string;
}

const WRITES = /^\+ (.*restore.*) <<'END'\n([^]*?)^END$/gm;

/** The scripts that a run has shown, as files. */
function writesOf(folder: string, verbose: string): Write[] {
  const writes = [...verbose.matchAll(WRITES)].map(([, words = '', script = ''], index) => ({
    argv: words.split(' ') as [string, ...string[]],
    stdin: keepText(folder, `change-${String(index)}.script`, script),
  }));
  if (writes.length === 0) throw new Error('there was a change, but nothing was written');
  return writes;
}

/** The script adds the new rule, then takes the old one away; the next time it goes back. */
async function stockChange(host: BenchHost, [before, after]: Versions): Promise<() => Promise<number>> {
  const middle = Math.floor(before.length / 2);
  let [old, next] = [before[middle], after[middle]] as [BenchConn, BenchConn];
  await ipBatch(host, STOCK_ROUTING);
  await restore(host, stockTable(before));
  return async () => {
    const ms = (await spdadd(host, next)) + (await spddel(host, old));
    [old, next] = [next, old];
    return ms;
  };
}
