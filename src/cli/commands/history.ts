import type { Change } from '../../state/change.ts';
import { historyIn } from '../../state/journal.ts';
import type { Run } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { UsageError } from '../options.ts';
import { printReport } from '../report.ts';
import { findStore } from '../state-store.ts';

/** Who changed this host, when, and by which policy: the last change first. */
export const run: Run = (args, terminal) => {
  if (args.positionals.length > 0) throw new UsageError('history takes no words');
  const folder = findStore(args);
  const changes = folder === undefined ? [] : historyIn(folder);
  return Promise.resolve(
    printReport(args, terminal, {
      exitCode: EXIT.done,
      text: changes.length === 0 ? 'nothing was changed here since this boot\n' : tableOf(changes),
      json: { changes: changes.map((change, index) => changeJson(change, index + 1)) },
      diagnostics: [],
    }),
  );
};

function tableOf(changes: readonly Change[]): string {
  const rows = changes.map((change, index) => [
    String(index + 1),
    change.when,
    change.who,
    change.command,
    change.policy === undefined ? '-' : `${change.policy.name} ${change.policy.digest.slice(0, 12)}`,
    `${String(change.rules)} rules`,
    `${String(change.steps.length)} steps`,
  ]);
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => String(row[column]).length))) ?? [];
  const lineOf = (row: readonly string[]): string =>
    `${row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  return `${rows.map(lineOf).join('')}\nrollback N takes back the change N and all above it\n`;
}

/** Without the states themselves. */
export function changeJson(change: Change, number: number): object {
  const { when, who, pid, command, backend, policy, rules, steps } = change;
  return { number, when, who, pid, command, backend, policy: policy ?? null, rules, steps: steps.length };
}
