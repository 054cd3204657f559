import { executeHere } from '../../src/system/execute.ts';
import { BIN } from '../../test/support/bin.ts';
import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import { keepText } from '../lab/host.ts';
import { benchConns, policyText } from '../lab/policy-text.ts';
import { taken } from '../lab/run.ts';
import { inTurns, spreadOf } from '../rounds.ts';
import type { Kind, Row, Setting } from '../row.ts';
import { counted } from '../row.ts';

/** Times the time that a quarter of the entries takes: near linear. */
const REACH = 5;

/** All checks of a policy, those of pairs of entries too. */
export const check: Row = { name: 'check', measure };

async function measure({ scale, kinds, folder, tell }: Setting): Promise<Figure[]> {
  tell('check');
  const { layout } = kinds.at(-1) as Kind;
  const turn = (size: number) => {
    const text = policyText(benchConns(size), { layout: layout });
    const file = keepText(folder, `check-${String(size)}.yaml`, text);
    const host = { execute: executeHere };
    return async (): Promise<number> => (await taken(host, [process.execPath, BIN, 'check', file])).ms;
  };
  const quarter = Math.ceil(scale.most / 4);
  const times = await inTurns(scale.runs, { quarter: turn(quarter), all: turn(scale.most) });
  return [
    {
      what: `check of ${counted(scale.most)} entries`,
      unit: 'ms',
      ours: spreadOf(times.all),
      peer: measured(`itself, ${counted(quarter)} entries`, spreadOf(times.quarter)),
      ratio: { kind: 'times', reach: REACH },
    },
  ];
}
