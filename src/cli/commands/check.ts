import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { isError } from '../../diagnostics/diagnostic.ts';
import { compilePolicy } from '../../pipeline.ts';
import type { Run } from '../command.ts';
import type { ExitCode } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import type { Arguments } from '../options.ts';
import { UsageError } from '../options.ts';
import { anyAccounts, loadPlan, loadPolicy } from '../policy-file.ts';
import type { Report } from '../report.ts';
import { invalidPolicy, printReport } from '../report.ts';
import type { Terminal } from '../terminal.ts';

/** Reads no source of SArefs, but for a host: what a policy says about its own map is all that is asked. */
export const run: Run = async (args, terminal) => {
  if (args.isSet('host')) return checkOnHost(args, terminal);
  const needless = ['sarefs', 'layout', 'wait'].find((name) => args.isSet(name));
  if (needless !== undefined) throw new UsageError(`--${needless} is for check --host`);
  const loaded = await loadPolicy(args, terminal, { ...anyAccounts(), hasCgroup: () => true });
  const { diagnostics } = compilePolicy(loaded);
  const { name, policy } = loaded;
  if (policy === undefined || diagnostics.some(isError))
    return printReport(args, terminal, invalidPolicy(name, diagnostics));
  return printReport(args, terminal, soundReport(args, { name, entries: policy.entries, diagnostics }));
};

async function checkOnHost(args: Arguments, terminal: Terminal): Promise<ExitCode> {
  const { name, compiled, diagnostics } = await loadPlan(args, terminal, 'this host');
  if (compiled === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  const [{ checkHost }, { checkLines, checksJson }] = await Promise.all([
    import('../check-host.ts'),
    import('../verify-report.ts'),
  ]);
  const { checks, diagnostics: here } = await checkHost(args, terminal, compiled);
  const said = [...diagnostics, ...here];
  if (said.some(isError)) return printReport(args, terminal, invalidPolicy(name, said));
  const all = [...said, ...checks.flatMap((check) => check.diagnostics)];
  const isAmiss = all.some(isError);
  const sound = soundReport(args, { name, entries: compiled.plan.entries, diagnostics: all });
  return printReport(args, terminal, {
    ...sound,
    exitCode: isAmiss ? EXIT.notVerified : sound.exitCode,
    text: `${isAmiss ? `${name}: this host would not do what it says\n` : sound.text}\n${checkLines(checks)}`,
    json: { ...sound.json, ...(isAmiss && { ok: false }), checks: checksJson(checks) },
  });
}

interface Sound {
  readonly name: string;
  readonly entries: readonly unknown[];
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

function soundReport(args: Arguments, { name, entries, diagnostics }: Sound): Report {
  const isRefused = args.isSet('strict') && diagnostics.length > 0;
  const counts = [countText(diagnostics.length, 'warning'), countText(entries.length, 'entry', 'entries')];
  return {
    exitCode: isRefused ? EXIT.policyInvalid : EXIT.done,
    text: isRefused
      ? ''
      : `${name}: no errors, ${counts.filter((text) => text !== '0 warnings').join(', ')}\n`,
    json: { policy: name, ok: !isRefused },
    diagnostics,
  };
}

function countText(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
