import { readHost } from '../../apply/read-host.ts';
import { stepsTo } from '../../delta/delta.ts';
import { meaningsOf } from '../../delta/meaning.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Change } from '../../state/change.ts';
import type { Confirmation, Reverted } from '../../state/confirmation.ts';
import { findReverted } from '../../state/confirmation.ts';
import { goalBackTo } from '../../state/goal.ts';
import { findJournal, lastChange } from '../../state/journal.ts';
import { loadHost } from '../../state/saved-host.ts';
import { executeHere } from '../../system/execute.ts';
import type { HostTools } from '../../system/host-tools.ts';
import type { StateFolder } from '../../system/state-folder.ts';
import type { Run } from '../command.ts';
import { isWatched, pendingIn } from '../confirming.ts';
import { driftText } from '../drift-text.ts';
import { EXIT } from '../exit-codes.ts';
import { liveTools, livingRuns, withBackend } from '../live-tools.ts';
import { UsageError } from '../options.ts';
import { pendingJson, secondsLeft } from '../pending-text.ts';
import { printReport } from '../report.ts';
import { findStore } from '../state-store.ts';
import { stepsText } from '../step-text.ts';
import { changeJson } from './history.ts';

/** What was applied here, and whether the host still holds it. Reads only. */
export const run: Run = async (args, terminal) => {
  if (args.positionals.length > 0) throw new UsageError('status takes no words');
  const folder = findStore(args);
  const change = folder && lastChange(folder);
  const tools = await liveTools(withBackend(args, change?.backend), terminal, executeHere);
  const drift = change === undefined ? NO_DRIFT : await driftFrom(change, tools);
  const pending = folder && pendingIn(folder)?.confirmation;
  const journal = folder && findJournal(folder);
  const facts: Facts = {
    ...{ change, drift, pending, journal },
    isWatched: pending !== undefined && isWatched(folder as NonNullable<typeof folder>, pending),
    reverted: folder && revertedSince(folder, change),
  };
  const isDrifted = drift.lines.length > 0;
  return printReport(args, terminal, {
    exitCode: isDrifted && args.isSet('detailed-exitcode') ? EXIT.changesPending : EXIT.done,
    text: textOf(facts),
    json: {
      ok: true,
      backend: tools.backend.name,
      last: change === undefined ? null : changeJson(change, 1),
      drift: drift.lines,
      pending: pendingJson(pending),
      watched: facts.isWatched,
      interrupted: journal === undefined ? null : journal === 'damaged' ? journal : changeJson(journal, 0),
      reverted: facts.reverted ?? null,
      folder: folder?.path ?? null,
    },
    diagnostics: drift.diagnostics,
  });
};

/** Of a change that somebody has made since, it says nothing. */
function revertedSince(folder: StateFolder, last: Change | undefined): Reverted | undefined {
  const reverted = findReverted(folder);
  return reverted?.exitCode !== EXIT.undone || last?.command === 'revert' ? reverted : undefined;
}

interface Drift {
  /** What would bring the host back, in words where there are any. */
  readonly lines: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

const NO_DRIFT: Drift = { lines: [], diagnostics: [] };

async function driftFrom({ after, ours }: Change, tools: HostTools): Promise<Drift> {
  const [state, own] = [after, ours].map(loadHost);
  if (state === undefined || own === undefined) return NO_DRIFT;
  const { state: live, diagnostics } = await readHost(tools, own);
  if (live === undefined) return { lines: [], diagnostics };
  const steps = stepsTo(goalBackTo(state, own, (await livingRuns()).isAlive), live);
  const lines = await Promise.all(
    steps.map(async (step) => {
      const meanings = meaningsOf(step);
      return meanings.length > 0 ? meanings : [`to be done: ${(await stepsText([step])).trimEnd()}`];
    }),
  );
  return { lines: lines.flat(), diagnostics: [] };
}

interface Facts {
  readonly change: Change | undefined;
  readonly drift: Drift;
  readonly pending: Confirmation | undefined;
  readonly isWatched: boolean;
  readonly journal: ReturnType<typeof findJournal>;
  readonly reverted: Reverted | undefined;
}

function textOf({ change, drift, pending, journal, reverted, ...facts }: Facts): string {
  const lines = [
    ...(change === undefined ? ['nothing was applied here since this boot'] : lastLines(change)),
    ...(change === undefined || drift.diagnostics.length > 0 ? [] : driftText(drift.lines)),
    ...(pending === undefined ? [] : pendingLines(pending, facts.isWatched)),
    ...(journal === undefined
      ? []
      : ['interrupted: a change was begun and not ended, or is under way; saref-mark recover ends it']),
    ...(reverted === undefined
      ? []
      : [`not confirmed: at ${reverted.when}, exit code ${String(reverted.exitCode)}: ${reverted.detail}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function lastLines({ command, policy, when, who, backend, rules }: Change): string[] {
  const what =
    policy === undefined ? command : `${command} ${policy.name} (sha256 ${policy.digest.slice(0, 12)})`;
  return [`${what}\n  since ${when}, by ${who}; ${String(rules)} rules in chains of ours, ${backend}`];
}

function pendingLines(pending: Confirmation, watched: boolean): string[] {
  return [
    `not confirmed yet: ${secondsLeft(pending)} left, then the host goes back; saref-mark confirm ${pending.token}`,
    ...(watched ? [] : ['the process that would take it back has ended: saref-mark recover']),
  ];
}
