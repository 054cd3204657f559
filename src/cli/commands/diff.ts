import { isError } from '../../diagnostics/diagnostic.ts';
import { readHost } from '../../apply/read-host.ts';
import type { HostReading } from '../../host/parse.ts';
import type { RunningFlows } from '../../flow-change.ts';
import { concernsFlows, flowChange } from '../../flow-change.ts';
import type { Goal } from '../../delta/change.ts';
import type { Compiled } from '../../pipeline.ts';
import { goalOf } from '../../pipeline.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Run } from '../command.ts';
import { loadWholeDump } from '../dump.ts';
import { liveDiffReport } from '../live-diff-report.ts';
import type { Arguments } from '../options.ts';
import { UsageError } from '../options.ts';
import type { LoadedPlan } from '../policy-file.ts';
import { loadPlan, loadPolicyFile, planOf } from '../policy-file.ts';
import { policyDiffReport } from '../policy-diff-report.ts';
import { invalidPolicy, printReport } from '../report.ts';
import type { Terminal } from '../terminal.ts';

/** A policy against this host, against a dump of its rules, or against another policy. */
export const run: Run = async (args, terminal) => {
  if (args.isSet('against') && args.isSet('live')) throw new UsageError('--against or --live, not both');
  const isElsewhere = args.isSet('against') || args.isSet('live');
  const next = await loadPlan(args, terminal, isElsewhere ? 'any host' : 'this host');
  if (next.compiled === undefined)
    return printReport(args, terminal, invalidPolicy(next.name, next.diagnostics));
  return args.isSet('against')
    ? diffPolicies(args, terminal, next)
    : diffLive(args, terminal, { ...next, compiled: next.compiled });
};

async function diffPolicies(args: Arguments, terminal: Terminal, next: LoadedPlan): Promise<ExitCode> {
  const old = await planOf(await loadPolicyFile(args.value('against')), args, terminal);
  const diagnostics = [...next.diagnostics, ...old.diagnostics];
  if (next.compiled === undefined || old.compiled === undefined)
    return printReport(args, terminal, invalidPolicy(old.name, diagnostics));
  const report = policyDiffReport(
    { name: old.name, ...old.compiled },
    { name: next.name, ...next.compiled },
    args.isSet('detailed-exitcode'),
  );
  return printReport(args, terminal, { ...report, diagnostics });
}

/** Reads and writes nothing: what `apply --dry-run` is. */
export async function diffLive(
  args: Arguments,
  terminal: Terminal,
  { name, compiled, diagnostics }: LoadedPlan & { readonly compiled: Compiled },
): Promise<ExitCode> {
  const isFile = args.isSet('live');
  const {
    state,
    diagnostics: unread,
    ...situation
  } = isFile
    ? await loadWholeDump(args.value('live'), compiled.host)
    : await hostNow(args, terminal, compiled);
  if (state === undefined)
    return printReport(args, terminal, invalidPolicy(name, [...diagnostics, ...unread]));
  terminal.begin('comparing');
  const flows = flowChange(compiled, state, situation);
  const report = liveDiffReport({
    name,
    host: isFile ? args.value('live') : 'this host',
    live: state,
    goal: { ours: compiled.ours, targetOn: flows.targetOn },
    flows,
    isDetailed: args.isSet('detailed-exitcode'),
  });
  return printReport(args, terminal, {
    ...report,
    json: { layout: compiled.layout, ...report.json },
    diagnostics: [...diagnostics, ...unread, ...report.diagnostics],
  });
}

interface HostWithFlows extends HostReading {
  readonly running: RunningFlows | undefined;
  readonly goal: Goal;
}

const NOT_READ: HostReading = { state: undefined, diagnostics: [] };

/** What runs commands is loaded by those who need it. */
async function hostNow(args: Arguments, terminal: Terminal, compiled: Compiled): Promise<HostWithFlows> {
  const [{ executeHere }, { liveTools, livingRuns }, { checkHere }, { checkWayIn }] = await Promise.all([
    import('../../system/execute.ts'),
    import('../live-tools.ts'),
    import('../policy-here.ts'),
    import('../way-in-here.ts'),
  ]);
  const tools = await liveTools(args, terminal, executeHere);
  const said = await checkHere(compiled.plan, tools);
  if (!said.some(isError)) said.push(...(await checkWayIn(compiled.plan, tools)));
  const reading = said.some(isError) ? NOT_READ : await readHost(tools, compiled.host);
  const which = reading.state === undefined ? 'none' : concernsFlows(compiled, reading.state);
  const goal = goalOf(compiled, (await livingRuns()).isAlive);
  const diagnostics = [...said, ...reading.diagnostics];
  return {
    ...reading,
    diagnostics,
    goal,
    running: which === 'none' ? undefined : await tools.flows.read(which),
  };
}
