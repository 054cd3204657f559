import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import { saveBare } from '../lab/final-text.ts';
import type { BenchHost } from '../lab/host.ts';
import { keepText, onHost } from '../lab/host.ts';
import { benchConns, policyText } from '../lab/policy-text.ts';
import { apply, sarefMark, taken } from '../lab/run.ts';
import { inTurns, spreadOf } from '../rounds.ts';
import type { Kind, Row, Setting } from '../row.ts';
import { counted, forEachKind } from '../row.ts';

/** A host that is as the policy says: what it costs to find that out. */
export const applyNothing: Row = {
  name: 'apply-nothing',
  measure: (setting) => forEachKind(setting, measureOn),
};

async function measureOn({ backend, layout }: Kind, setting: Setting): Promise<Figure[]> {
  setting.tell(`apply-nothing: ${layout}, ${backend}`);
  const { scale, folder } = setting;
  const policy = keepText(folder, 'nothing.yaml', policyText(benchConns(scale.most), { layout }));
  return onHost(backend, async (host) => {
    await apply(host, policy);
    await mustWriteNothing(host, policy);
    const times = await inTurns(scale.runs, {
      ours: async () => (await taken(host, sarefMark(host, 'apply', policy))).ms,
      saves: async () => (await saveBare(host)).ms,
    });
    return [
      {
        what: `apply with nothing to do, nothing written, ${counted(scale.most)} entries, ${layout}, ${backend}`,
        unit: 'ms',
        ours: spreadOf(times.ours),
        peer: measured('iptables-save and ipset save', spreadOf(times.saves)),
        ratio: { kind: 'times' },
      },
    ];
  });
}

const WRITES = /^\+ .*(?:restore| add | swap | destroy |sysctl -w|link set| del | flush).*$/m;

/** @throws Error where it runs a command that writes, or the tables are not what they were */
async function mustWriteNothing(host: BenchHost, policy: string): Promise<void> {
  const before = await tablesOf(host);
  const [write] = WRITES.exec(await apply(host, policy, '--verbose')) ?? [];
  if (write !== undefined) throw new Error(`there was nothing to do, but it ran: ${write}`);
  if ((await tablesOf(host)) !== before) throw new Error('there was nothing to do, but the tables changed');
}

/** Without the date, and the counters: a host without users says something now and then, too. */
async function tablesOf(host: BenchHost): Promise<string> {
  const text = await host.mustRun({ argv: [host.backend.save] });
  return text.replaceAll(/^#.*$|\[\d+:\d+\]/gm, '');
}
