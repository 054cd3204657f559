import { applyFollowingFlows } from '../../apply/follow-flows.ts';
import { isError } from '../../diagnostics/diagnostic.ts';
import { digestOfAll } from '../../state/fingerprint.ts';
import { executeHere } from '../../system/execute.ts';
import { appliedReport } from '../applied-report.ts';
import { changing } from '../changing.ts';
import type { Run } from '../command.ts';
import { aimOf } from '../../flow-change.ts';
import { diffLive } from './diff.ts';
import { goalOf } from '../../pipeline.ts';
import { liveTools, livingRuns } from '../live-tools.ts';
import { pendingJson, pendingReport } from '../pending-text.ts';
import { loadPlan } from '../policy-file.ts';
import { checkHere } from '../policy-here.ts';
import { refusedRule } from '../refused-rule.ts';
import { invalidPolicy, printReport, tell } from '../report.ts';
import { sweeping } from '../sweeping.ts';
import { checkWayIn } from '../way-in-here.ts';

export const run: Run = async (args, terminal) => {
  const { name, sources = [], compiled, diagnostics } = await loadPlan(args, terminal, 'this host');
  if (compiled === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  if (args.isSet('dry-run')) return diffLive(args, terminal, { name, compiled, diagnostics });
  const tools = await liveTools(args, terminal, executeHere);
  if (compiled.host.sets.size > 0) await tools.sets.mustBeKnown();
  const said = [...diagnostics, ...(await checkHere(compiled.plan, tools))];
  if (said.some(isError)) return printReport(args, terminal, invalidPolicy(name, said));
  said.push(...(await checkWayIn(compiled.plan, tools)));
  // who is cut off by what is written reads nothing more
  tell(terminal, said);
  const runs = await livingRuns();
  terminal.begin('writing');
  const goal = goalOf(compiled, runs.isAlive);
  return changing(args, {
    command: 'apply',
    policy: { name, digest: digestOfAll(sources.map(({ text }) => text)) },
    tools,
    work: (ledger) => sweeping(runs, () => applyFollowingFlows(tools, aimOf(compiled, goal), ledger)),
    async report({ applied, flows, diagnostics: remarks, pending }) {
      const { json, text, ...report } = await appliedReport(applied, name, {
        refused: await refusedRule(applied, tools),
      });
      const waiting = pendingReport(pending, args);
      return printReport(args, terminal, {
        ...report,
        text: `${text}${waiting.text}`,
        json: {
          policy: name,
          backend: tools.backend.name,
          layout: compiled.layout,
          ...json,
          flows,
          pending: pendingJson(pending),
        },
        toldBefore: said.length,
        diagnostics: [...said, ...remarks, ...waiting.diagnostics, ...report.diagnostics],
      });
    },
  });
};
