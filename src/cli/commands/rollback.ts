import { readHost } from '../../apply/read-host.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Change } from '../../state/change.ts';
import { goalBackTo } from '../../state/goal.ts';
import { historyIn } from '../../state/journal.ts';
import { loadHost } from '../../state/saved-host.ts';
import { executeHere } from '../../system/execute.ts';
import { appliedReport } from '../applied-report.ts';
import { changing } from '../changing.ts';
import type { Run } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Past } from '../going-back.ts';
import { goBackTo } from '../going-back.ts';
import { liveDiffReport } from '../live-diff-report.ts';
import { liveTools, livingRuns, withBackend } from '../live-tools.ts';
import type { Arguments } from '../options.ts';
import { UsageError } from '../options.ts';
import { pendingJson, pendingReport } from '../pending-text.ts';
import { invalidPolicy, printReport } from '../report.ts';
import { findStore } from '../state-store.ts';

/** Back to the state before one of the last changes. */
export const run: Run = async (args, terminal) => {
  const number = numberIn(args);
  const folder = findStore(args);
  const changes = folder === undefined ? [] : historyIn(folder);
  const found = pastBefore(changes, number);
  if (found.past === undefined)
    return printReport(args, terminal, {
      ...{ exitCode: EXIT.error, text: '', json: { ok: false, changed: false } },
      diagnostics: [noSuchState(found.why)],
    });
  const { past } = found;
  const tools = await liveTools(withBackend(args, changes[0]?.backend), terminal, executeHere);
  const name = `rollback ${String(number)}`;
  if (args.isSet('dry-run')) {
    const { state: live, diagnostics } = await readHost(tools, past.ours);
    if (live === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
    const goal = goalBackTo(past.state, past.ours, (await livingRuns()).isAlive);
    const isDetailed = args.isSet('detailed-exitcode');
    const isRemoval = !past.state.tables.mangle.chains.has('SAREF-ENTRIES');
    const report = liveDiffReport({ name, host: 'this host', live, goal, isDetailed, isRemoval });
    return printReport(args, terminal, report);
  }
  return changing(args, {
    command: 'rollback',
    // what was applied before all that is taken back
    policy: changes[number]?.policy,
    tools,
    work: (ledger) => goBackTo(past, tools, ledger),
    async report({ applied, flows, diagnostics, pending }) {
      const { json, text, ...report } = await appliedReport(applied, name);
      const waiting = pendingReport(pending, args);
      return printReport(args, terminal, {
        ...report,
        text: `${text}${waiting.text}`,
        json: { backend: tools.backend.name, ...json, flows, pending: pendingJson(pending) },
        diagnostics: [...diagnostics, ...waiting.diagnostics, ...report.diagnostics],
      });
    },
  });
};

function numberIn({ positionals }: Arguments): number {
  const [word = '1', ...others] = positionals;
  if (others.length > 0 || !/^[1-9][0-9]{0,3}$/.test(word))
    throw new UsageError('rollback takes one number as history shows it, or none for the last change');
  return Number(word);
}

/** What is ours is what was ours in any of the changes that are taken back. */
function pastBefore(
  changes: readonly Change[],
  number: number,
): { readonly past: Past } | { readonly past: undefined; readonly why: string } {
  const taken = changes.slice(0, number);
  const first = taken.at(-1);
  if (first === undefined || taken.length < number)
    return { past: undefined, why: `There are ${String(changes.length)} changes to take back here.` };
  const isElsewhere = taken.some(
    ({ ours, backend }) =>
      ours.device !== first.ours.device || ours.table !== first.ours.table || backend !== first.backend,
  );
  if (isElsewhere)
    return {
      past: undefined,
      why: 'The changes in between are of more than one mast device, routing table or back end.',
    };
  const [state, ...own] = [first.before, ...taken.map(({ ours }) => ours)].map(loadHost);
  const ours = own.find((one) => (one?.tables.nat.chains.size ?? 0) > 0) ?? own[0];
  if (state === undefined || ours === undefined)
    return { past: undefined, why: 'What was kept of that state cannot be read.' };
  return { past: { state, ours } };
}

function noSuchState(detail: string): Diagnostic {
  return {
    code: 'SM3016',
    labels: [],
    detail: `${detail} Nothing was written.`,
    help: 'see what there is:\nsaref-mark history',
  };
}
