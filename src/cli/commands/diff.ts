import type { Run } from '../command.ts';
import { UsageError } from '../options.ts';
import { loadPlan, loadPolicyFile, planOf } from '../policy-file.ts';
import { policyDiffReport } from '../policy-diff-report.ts';
import { invalidPolicy, printReport } from '../report.ts';

/** Two policies, without a host: what changes for which packets. */
export const run: Run = async (args, terminal) => {
  if (!args.isSet('against'))
    throw new UsageError('a policy to compare with is needed: --against OLD-POLICY.yaml');
  const next = await loadPlan(args, terminal);
  const old = await planOf(await loadPolicyFile(args.value('against')), args, terminal);
  const diagnostics = [...next.diagnostics, ...old.diagnostics];
  if (next.compiled === undefined || old.compiled === undefined)
    return printReport(args, terminal, invalidPolicy(next.name, diagnostics));
  const report = policyDiffReport(
    { name: old.name, ...old.compiled },
    { name: next.name, ...next.compiled },
    args.isSet('detailed-exitcode'),
  );
  return printReport(args, terminal, { ...report, diagnostics });
};
