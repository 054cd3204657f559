import { isDone } from '../../apply/apply.ts';
import { applyFollowingFlows } from '../../apply/follow-flows.ts';
import { isError } from '../../diagnostics/diagnostic.ts';
import { executeHere } from '../../system/execute.ts';
import { appliedReport } from '../applied-report.ts';
import type { Run } from '../command.ts';
import { exclusively } from '../exclusively.ts';
import { aimOf } from '../../flow-change.ts';
import { diffLive } from './diff.ts';
import { goalOf } from '../../pipeline.ts';
import { liveTools, livingRuns } from '../live-tools.ts';
import { loadPlan } from '../policy-file.ts';
import { checkHere } from '../policy-here.ts';
import { refusedRule } from '../refused-rule.ts';
import { invalidPolicy, printReport } from '../report.ts';

export const run: Run = async (args, terminal) => {
  const { name, compiled, diagnostics } = await loadPlan(args, terminal);
  if (compiled === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  if (args.isSet('dry-run')) return diffLive(args, terminal, { name, compiled, diagnostics });
  const tools = await liveTools(args, terminal, executeHere);
  const said = [...diagnostics, ...(await checkHere(compiled.plan, tools))];
  if (said.some(isError)) return printReport(args, terminal, invalidPolicy(name, said));
  const runs = await livingRuns();
  terminal.begin('writing');
  const {
    applied,
    flows,
    diagnostics: remarks,
  } = await exclusively(args, async () => {
    const followed = await applyFollowingFlows(tools, aimOf(compiled, goalOf(compiled, runs.isAlive)));
    if (isDone(followed.applied)) await runs.sweep();
    return followed;
  });
  const {
    json,
    diagnostics: problems,
    ...report
  } = await appliedReport(applied, name, {
    refused: await refusedRule(applied, tools),
  });
  return printReport(args, terminal, {
    ...report,
    json: { policy: name, backend: tools.backend.name, ...json, flows },
    diagnostics: [...said, ...remarks, ...problems],
  });
};
