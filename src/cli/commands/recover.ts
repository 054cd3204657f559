import type { Applied } from '../../apply/apply.ts';
import { applyHost, isDone } from '../../apply/apply.ts';
import { lowerOurs } from '../../lower/lower.ts';
import { goalBackTo } from '../../state/goal.ts';
import { findJournal } from '../../state/journal.ts';
import { ourPartOf } from '../../state/our-part.ts';
import type { Recovered } from '../../state/recover.ts';
import { executeHere } from '../../system/execute.ts';
import type { HostTools } from '../../system/host-tools.ts';
import { monotonicSeconds } from '../../system/occasion.ts';
import type { StateFolder } from '../../system/state-folder.ts';
import { appliedReport } from '../applied-report.ts';
import { revert } from '../changing.ts';
import type { Run } from '../command.ts';
import type { Pending } from '../confirming.ts';
import { isWatched, pendingIn, watch } from '../confirming.ts';
import { exclusively } from '../exclusively.ts';
import { recoverIn } from '../going-back.ts';
import { liveTools, livingRuns, withBackend } from '../live-tools.ts';
import { mastHere } from '../mast-here.ts';
import { NotArmed } from '../not-armed.ts';
import { blockerIn, recoveredDiagnostics } from '../recovered-text.ts';
import { printReport } from '../report.ts';
import { findStore } from '../state-store.ts';

/** Ends what a crash has left: a change, a confirmation that nobody waits for, rules of a probe or of exec. */
export const run: Run = async (args, terminal) => {
  const folder = findStore(args);
  const change = folder && findJournal(folder);
  const known = change === 'damaged' ? undefined : change?.backend;
  const tools = await liveTools(withBackend(args, known), terminal, executeHere);
  const { recovered, applied, waiting } = await exclusively(args, () => recoverAll(folder, tools));
  const report = await appliedReport(blockerIn(recovered) ?? applied, 'saref-mark');
  const lines = [
    ...(recovered.kind === 'nothing' ? ['nothing was interrupted'] : []),
    ...(applied.kind === 'applied'
      ? ['rules of a probe, or of a program that has ended, were taken away']
      : []),
    ...(waiting === undefined ? [] : [waiting]),
  ];
  return printReport(args, terminal, {
    exitCode: report.exitCode,
    text: lines.map((line) => `${line}\n`).join(''),
    json: {
      ok: report.diagnostics.length === 0,
      changed: recovered.kind === 'between' || applied.kind === 'applied',
      interrupted: recovered.kind,
      leftovers: applied.kind,
      confirmation: waiting ?? null,
    },
    diagnostics: [...recoveredDiagnostics(recovered), ...report.diagnostics],
  });
};

interface Ended {
  readonly recovered: Recovered;
  /** Of what was left over. */
  readonly applied: Applied;
  readonly waiting: string | undefined;
}

async function recoverAll(folder: StateFolder | undefined, tools: HostTools): Promise<Ended> {
  const recovered: Recovered = folder === undefined ? { kind: 'nothing' } : await recoverIn(folder, tools);
  if (blockerIn(recovered) !== undefined)
    return { recovered, applied: { kind: 'unchanged' }, waiting: undefined };
  const pending = folder && pendingIn(folder);
  const waiting = folder && pending && (await watchAgain(folder, pending, tools));
  return { recovered, applied: await clearLeftovers(tools), waiting };
}

async function clearLeftovers(tools: HostTools): Promise<Applied> {
  const ours = lowerOurs(await mastHere(tools));
  const runs = await livingRuns();
  const applied = await applyHost(tools, {
    ours,
    targetOn: (live) => goalBackTo(ourPartOf(live, ours), ours, runs.isAlive).targetOn(live),
  });
  if (isDone(applied)) await runs.sweep();
  return applied;
}

/** In place of a process that has died, whoever killed it. */
async function watchAgain(
  folder: StateFolder,
  { confirmation, baseline }: Pending,
  tools: HostTools,
): Promise<string | undefined> {
  if (isWatched(folder, confirmation)) return undefined;
  if (confirmation.deadline <= monotonicSeconds()) {
    const { applied } = await revert(folder, baseline, tools);
    if (!isDone(applied)) throw new NotArmed('what nobody has confirmed could not be taken back');
    return 'what nobody has confirmed was taken back';
  }
  if (!(await watch(folder, confirmation)))
    throw new NotArmed('the process that waits for the confirmation did not start');
  return 'the process that waits for the confirmation had ended, and runs again';
}
