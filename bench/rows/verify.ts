import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import type { BenchHost } from '../lab/host.ts';
import { keepText, openHost } from '../lab/host.ts';
import { benchConns, policyText } from '../lab/policy-text.ts';
import { apply, sarefMark, taken } from '../lab/run.ts';
import { inTurns, spreadOf } from '../rounds.ts';
import type { Kind, Row, Setting } from '../row.ts';
import { counted } from '../row.ts';

/** Times the time that a quarter of the entries takes: near linear. */
const REACH = 5;

/** Packets for each entry through the live rules, and all that marking needs around them. */
export const verify: Row = { name: 'verify', measure };

async function measure({ scale, kinds, folder, tell }: Setting): Promise<Figure[]> {
  const { backend, layout } = kinds.at(-1) as Kind;
  tell(`verify: ${layout}, ${backend}`);
  const hosts: BenchHost[] = [];
  const turnFor = async (size: number): Promise<() => Promise<number>> => {
    const host = await openHost(backend);
    hosts.push(host);
    const policy = keepText(folder, `verify-${String(size)}.yaml`, policyText(benchConns(size), { layout }));
    await apply(host, policy);
    return async () => (await taken(host, sarefMark(host, 'verify', policy))).ms;
  };
  try {
    const quarter = Math.ceil(scale.most / 4);
    const turns = { quarter: await turnFor(quarter), all: await turnFor(scale.most) };
    const times = await inTurns(scale.runs, turns);
    return [
      {
        what: `verify of ${counted(scale.most)} entries, ${layout}, ${backend}`,
        unit: 'ms',
        ours: spreadOf(times.all),
        peer: measured(`itself, ${counted(quarter)} entries`, spreadOf(times.quarter)),
        ratio: { kind: 'times', reach: REACH },
      },
    ];
  } finally {
    for (const host of hosts) await host.close();
  }
}
