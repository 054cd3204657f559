import type { Run } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { loadPolicy } from '../policy-file.ts';
import { invalidPolicy, printReport } from '../report.ts';

export const run: Run = async (args, terminal) => {
  const { name, compiled, diagnostics } = await loadPolicy(args);
  if (compiled === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  const { entries } = compiled.plan;
  return printReport(args, terminal, {
    exitCode: EXIT.done,
    text: `${name}: no errors, ${String(entries.length)} ${entries.length === 1 ? 'entry' : 'entries'}\n`,
    json: { policy: name, ok: true },
    diagnostics,
  });
};
