import type { Figure, Peer } from '../figure.ts';
import { measured } from '../figure.ts';
import { finalText, loadBare } from '../lab/final-text.ts';
import type { BenchHost } from '../lab/host.ts';
import { keepText, onHost } from '../lab/host.ts';
import { fermText } from '../lab/peer-text.ts';
import { benchConns, policyText } from '../lab/policy-text.ts';
import type { Taken } from '../lab/run.ts';
import { apply, sarefMark, taken } from '../lab/run.ts';
import { inTurns, spreadOf } from '../rounds.ts';
import type { Kind, Row, Setting } from '../row.ts';
import { counted, forEachKind, ratioFor } from '../row.ts';

/** In MB, of one run of ours. */
const MOST_MEMORY = 512;

/**
 * All conns onto a host without rules: we read, plan, compile, compare, load and read back; ferm compiles
 * and loads; the bare tools load what is there in the end.
 */
export const applyEmpty: Row = {
  name: 'apply-empty',
  measure: (setting) => forEachKind(setting, measureOn),
};

async function measureOn({ backend, layout }: Kind, setting: Setting): Promise<Figure[]> {
  setting.tell(`apply-empty: ${layout}, ${backend}`);
  const loads = await loadsOf({ backend, layout }, setting);
  const memory = { ours: [] as number[], ferm: [] as number[] };
  const turn = (load: Load, held?: number[]) => async (): Promise<number> => {
    const { ms, mb } = await onHost(backend, load);
    held?.push(mb);
    return ms;
  };
  const times = await inTurns(setting.scale.runs, {
    ours: turn(loads.ours, memory.ours),
    bare: turn(loads.bare),
    // it knows legacy alone
    ...(setting.hasFerm && backend === 'legacy' && { ferm: turn(loads.ferm, memory.ferm) }),
  });
  const what = `apply of ${counted(setting.scale.most)} entries onto nothing, ${layout}, ${backend}`;
  const ours = { what, unit: 'ms', ours: spreadOf(times.ours) } as const;
  const bare = measured('bare restore of the final text', spreadOf(times.bare));
  return [
    ...(backend === 'legacy'
      ? [{ ...ours, peer: fermAs(times.ferm), ratio: ratioFor(layout, 'times', 1) }]
      : []),
    { ...ours, peer: bare, ratio: { kind: 'times' } },
    {
      what: '  its peak memory',
      unit: 'MB',
      ours: spreadOf(memory.ours),
      peer: backend === 'legacy' ? fermAs(memory.ferm) : { kind: 'none' },
      ratio: { kind: 'times' },
      most: MOST_MEMORY,
    },
  ];
}

function fermAs(values: readonly number[] = []): Peer {
  return values.length === 0 ? { kind: 'missing', name: 'ferm' } : measured('ferm', spreadOf(values));
}

type Load = (host: BenchHost) => Promise<Taken>;

async function loadsOf(
  { backend, layout }: Kind,
  { scale, folder }: Setting,
): Promise<Record<'ours' | 'bare' | 'ferm', Load>> {
  const conns = benchConns(scale.most);
  const policy = keepText(folder, 'apply.yaml', policyText(conns, { layout }));
  const ferm = keepText(folder, 'apply.ferm', fermText(conns));
  const final = await onHost(backend, async (host) => {
    await apply(host, policy);
    return finalText(host, folder);
  });
  return {
    ours: (host) => taken(host, sarefMark(host, 'apply', policy)),
    bare: (host) => loadBare(host, final),
    ferm: (host) => taken(host, ['ferm', '--domain', 'ip', ferm]),
  };
}
