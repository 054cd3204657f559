import { applyHost } from '../../apply/apply.ts';
import { readHost } from '../../apply/read-host.ts';
import type { Goal } from '../../delta/change.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { mastIn } from '../../lower/routing.ts';
import { runsIn } from '../../lower/runs.ts';
import { goalWithoutOurs } from '../../pipeline.ts';
import { executeHere } from '../../system/execute.ts';
import type { HostTools } from '../../system/host-tools.ts';
import { appliedReport } from '../applied-report.ts';
import { changing } from '../changing.ts';
import type { Run } from '../command.ts';
import { liveDiffReport } from '../live-diff-report.ts';
import type { Runs } from '../live-tools.ts';
import { liveTools, livingRuns } from '../live-tools.ts';
import type { Arguments } from '../options.ts';
import { UsageError } from '../options.ts';
import { pendingJson, pendingReport } from '../pending-text.ts';
import { anyAccounts, loadPolicy } from '../policy-file.ts';
import { refusedRule } from '../refused-rule.ts';
import { invalidPolicy, printReport } from '../report.ts';
import { sweeping } from '../sweeping.ts';
import type { Terminal } from '../terminal.ts';

/** Asks neither pluto nor the policy's entries: which device and routing table are ours is enough. */
export const run: Run = async (args, terminal) => {
  const tools = await liveTools(args, terminal, executeHere);
  const { name, goal, diagnostics } = await wishOf(args, terminal, tools);
  if (goal === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  if (args.isSet('dry-run')) {
    const { state, diagnostics: unread } = await readHost(tools, goal.ours);
    if (state === undefined) return printReport(args, terminal, invalidPolicy(name, unread));
    const isDetailed = args.isSet('detailed-exitcode');
    const report = liveDiffReport({
      name,
      host: 'this host',
      live: state,
      goal,
      isRemoval: true,
      isDetailed,
    });
    return printReport(args, terminal, report);
  }
  const runs = await livingRuns();
  return changing(args, {
    command: 'remove',
    tools,
    work: (ledger) =>
      sweeping(runs, async () => ({
        ...NO_FLOWS,
        applied: await applyHost(tools, forgetting(goal, runs), ledger),
      })),
    async report({ applied, diagnostics: remarks, pending }) {
      const { json, ...report } = await appliedReport(applied, name, {
        verb: 'removed',
        refused: await refusedRule(applied, tools),
      });
      const waiting = pendingReport(pending, args);
      return printReport(args, terminal, {
        ...report,
        json: { backend: tools.backend.name, ...json, pending: pendingJson(pending) },
        diagnostics: [...remarks, ...waiting.diagnostics, ...report.diagnostics],
      });
    },
  });
};

const NO_FLOWS = { flows: { translated: 0, deleted: 0 }, diagnostics: [] } as const;

/** Asks for all programs of `exec` whose rules go, so that their cgroups go, too, where they have ended. */
function forgetting(goal: Goal, { isAlive }: Runs): Goal {
  return {
    ...goal,
    targetOn(live) {
      for (const { path } of runsIn(live)) isAlive(path);
      return goal.targetOn(live);
    },
  };
}

interface Wish {
  readonly name: string;
  /** Absent where the policy cannot be read. */
  readonly goal: Goal | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

async function wishOf(args: Arguments, terminal: Terminal, tools: HostTools): Promise<Wish> {
  const isAll = args.isSet('all');
  if (isAll === args.positionals.length > 0)
    throw new UsageError('a policy file or --all is needed, not both');
  if (!isAll) {
    const { name, policy, diagnostics } = await loadPolicy(args, terminal, anyAccounts());
    return { name, goal: policy && goalWithoutOurs(policy.mast), diagnostics };
  }
  const usual = goalWithoutOurs({ interface: 'mast0', table: 50 });
  const { state, diagnostics } = await readHost(tools, usual.ours);
  const found = state && mastIn(state.ipRules);
  return {
    name: 'saref-mark',
    goal: state && (found === undefined ? usual : goalWithoutOurs(found)),
    diagnostics,
  };
}
