import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isError } from '../../diagnostics/diagnostic.ts';
import { markOf, toSaref } from '../../domain/saref.ts';
import type { Saref } from '../../domain/saref.ts';
import type { Executed } from '../../exec/exec.ts';
import { execMarked } from '../../exec/exec.ts';
import { lowerOurs } from '../../lower/lower.ts';
import { finderIn } from '../../plan/saref-table.ts';
import type { Policy } from '../../policy/policy.ts';
import { openCgroups } from '../../system/cgroups.ts';
import { executeHere } from '../../system/execute.ts';
import { startProgram } from '../../system/program.ts';
import { appliedReport } from '../applied-report.ts';
import type { Run } from '../command.ts';
import { exclusively } from '../exclusively.ts';
import { EXIT } from '../exit-codes.ts';
import { failureDiagnostic } from '../failure.ts';
import { liveTools, runPrefix } from '../live-tools.ts';
import { mastHere } from '../mast-here.ts';
import type { Arguments } from '../options.ts';
import { UsageError } from '../options.ts';
import { anyAccounts, loadPolicy } from '../policy-file.ts';
import { printReport } from '../report.ts';
import { loadSarefs } from '../saref-source.ts';
import type { Terminal } from '../terminal.ts';

/** Everything that keeps the program from being started ends with 125; else its exit status is ours. */
export const run: Run = async (args, given) => {
  // the terminal is the program's, and no place for what we are about to do
  const terminal: Terminal = { ...given, begin: () => undefined };
  const [file, ...rest] = args.program;
  const conn = args.value('conn');
  if (file === undefined || conn === '') throw new UsageError('exec needs --conn CONN -- PROGRAM');
  const refuse = (diagnostics: readonly Diagnostic[]): number =>
    printReport(args, terminal, { exitCode: EXIT.refused, text: '', json: { ok: false }, diagnostics });
  try {
    const { refhim, policy, diagnostics } = await sarefOf(conn, args, terminal);
    if (refhim === undefined) return refuse(diagnostics);
    const tools = await liveTools(args, terminal, executeHere);
    const executed = await execMarked(
      {
        conn,
        mark: markOf(refhim),
        ours: lowerOurs(policy?.mast ?? (await mastHere(tools))),
        ikePorts: policy?.mast.ikePorts ?? IKE_PORTS,
      },
      {
        tools,
        cgroups: await openCgroups(),
        name: `${runPrefix()}${String(process.pid)}`,
        start: () => startProgram([file, ...rest]),
        exclusively: (work) => exclusively(args, work),
      },
    );
    return executed.kind === 'ended' ? executed.exitCode : refuse(await whyNot(executed, conn));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return refuse([await failureDiagnostic(error, NOT_STARTED)]);
  }
};

const IKE_PORTS = [500, 4500];
const NOT_STARTED = 'The program was not started.';

interface Found {
  readonly refhim: Saref | undefined;
  readonly policy: Policy | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

async function sarefOf(conn: string, args: Arguments, terminal: Terminal): Promise<Found> {
  const hasPolicy = args.positionals.length > 0;
  const { policy, diagnostics: ofPolicy } = hasPolicy
    ? await loadPolicy(args, terminal, anyAccounts())
    : NO_POLICY;
  if (hasPolicy && policy === undefined) return { refhim: undefined, policy, diagnostics: ofPolicy };
  const { table, diagnostics } = await loadSarefs(args, terminal, policy?.sarefs ?? 'pluto');
  const all = [...ofPolicy, ...diagnostics];
  if (table === undefined || all.some(isError)) return { refhim: undefined, policy, diagnostics: all };
  const { isKnown, live } = finderIn(table)(conn);
  const [line, ...others] = live;
  const refhim = others.length > 0 ? undefined : toSaref(line?.refhim?.value ?? 0);
  const problem = refhim === undefined ? [noSaref(conn, { isKnown, count: live.length })] : [];
  return { refhim, policy, diagnostics: [...all, ...problem] };
}

const NO_POLICY = { policy: undefined, diagnostics: [] } as const;

async function whyNot(
  executed: Exclude<Executed, { kind: 'ended' }>,
  conn: string,
): Promise<readonly Diagnostic[]> {
  if (executed.kind === 'unrouted') return [unrouted(conn)];
  const { diagnostics } = await appliedReport(executed.applied, 'saref-mark exec');
  return diagnostics;
}

function noSaref(
  conn: string,
  { isKnown, count }: { readonly isKnown: boolean; readonly count: number },
): Diagnostic {
  const unknown = isKnown ? 'is down: its packets would have no SA' : 'is not in the table of SArefs';
  const why =
    count > 1 ? `has ${String(count)} instances that are up; name one, with its number in brackets` : unknown;
  return {
    code: 'SM3010',
    labels: [],
    detail: `The conn ${conn} ${why}. ${NOT_STARTED}`,
    help: 'see which conns are up:\nsaref-mark sarefs --sarefs pluto',
  };
}

function unrouted(conn: string): Diagnostic {
  return {
    code: 'SM3010',
    labels: [],
    detail: `The routing of marked packets is not there, or not whole: what is marked for ${conn} could leave in clear. ${NOT_STARTED}`,
    help: 'apply a policy first:\nsaref-mark apply POLICY.yaml',
  };
}
