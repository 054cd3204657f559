import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { findConfirmation, findReverted } from '../../src/state/confirmation.ts';
import { monotonicSeconds } from '../../src/system/occasion.ts';
import { openStateFolder } from '../../src/system/state-folder.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import { finalText, loadBare } from '../lab/final-text.ts';
import type { BenchHost } from '../lab/host.ts';
import { keepText, LONGEST_SECONDS, onHost } from '../lab/host.ts';
import { benchConns, policyText } from '../lab/policy-text.ts';
import { apply } from '../lab/run.ts';
import { inTurns, spreadOf } from '../rounds.ts';
import type { Kind, Row, Setting } from '../row.ts';
import { counted, forEachKind } from '../row.ts';

const CONFIRM_SECONDS = 5;
const PAUSE_MS = 5;

/** Nobody confirms: from the end of the time to confirm until the old rules are back, and were seen to be. */
export const revert: Row = {
  name: 'revert',
  measure: (setting) => forEachKind(setting, measureOn),
};

async function measureOn({ backend, layout }: Kind, setting: Setting): Promise<Figure[]> {
  setting.tell(`revert: ${layout}, ${backend}`);
  const { scale, folder } = setting;
  const conns = benchConns(scale.changed);
  const others = conns.map((conn) => ({ ...conn, refhim: scale.changed + conn.refhim }));
  const [before, after] = [conns, others].map((list, index) =>
    keepText(folder, `revert-${String(index)}.yaml`, policyText(list, { layout })),
  ) as [string, string];
  return onHost(backend, async (host) => {
    const state = mkdtempSync(join(folder, 'state-'));
    await apply(host, before, '--state-dir', state);
    const old = await finalText(host, folder);
    const times = await inTurns(scale.runs, {
      ours: () => revertTime(host, after, state),
      bare: async () => (await onHost(backend, (empty) => loadBare(empty, old))).ms,
    });
    return [
      {
        what: `${counted(scale.changed)} changed SArefs not confirmed, ${layout}, ${backend}: until they are back`,
        unit: 'ms',
        ours: spreadOf(times.ours),
        peer: measured('bare restore of the old text', spreadOf(times.bare)),
        ratio: { kind: 'times' },
      },
    ];
  });
}

/** In milliseconds. */
async function revertTime(host: BenchHost, policy: string, state: string): Promise<number> {
  await apply(host, policy, '--state-dir', state, '--confirm', `${String(CONFIRM_SECONDS)}s`);
  const [name = ''] = readdirSync(state);
  const folder = openStateFolder(state, name);
  const deadline = findConfirmation(folder)?.deadline ?? NaN;
  for (;;) {
    const reverted = findReverted(folder);
    const took = monotonicSeconds() - deadline;
    if (reverted?.exitCode === EXIT.undone) return took * 1000;
    if (reverted !== undefined || !(took < LONGEST_SECONDS))
      throw new Error(`the change was not taken back: ${reverted?.detail ?? 'nobody did'}`);
    await setTimeout(PAUSE_MS);
  }
}
