import { executeHere } from '../../src/system/execute.ts';
import { BIN, ROOT } from '../../test/support/bin.ts';
import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import { taken } from '../lab/run.ts';
import { inTurns, spreadOf } from '../rounds.ts';
import type { Row, Setting } from '../row.ts';

const SITE = `${ROOT}policies/site.yaml`;

/** Times an empty Node. */
const REACH = { version: 1.6, check: 2.5 };

/** From the start to the end of a process that has little to do. */
export const startup: Row = { name: 'startup', measure };

async function measure({ scale, tell }: Setting): Promise<Figure[]> {
  tell('startup');
  const turn = (...args: string[]) => {
    const host = { execute: executeHere };
    return async (): Promise<number> => (await taken(host, [process.execPath, ...args])).ms;
  };
  const times = await inTurns(scale.rounds, {
    empty: turn('-e', '0'),
    version: turn(BIN, '--version'),
    check: turn(BIN, 'check', SITE),
  });
  const peer = measured('node -e 0', spreadOf(times.empty));
  return [
    {
      what: 'saref-mark --version',
      unit: 'ms',
      ours: spreadOf(times.version),
      peer,
      ratio: { kind: 'times', reach: REACH.version },
    },
    {
      what: 'saref-mark check policies/site.yaml',
      unit: 'ms',
      ours: spreadOf(times.check),
      peer,
      ratio: { kind: 'times', reach: REACH.check },
    },
  ];
}
