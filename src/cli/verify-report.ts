import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Backend } from '../system/backend.ts';
import { CommandFailed } from '../system/classify.ts';
import { commandText } from '../system/execute.ts';
import type { Check } from '../verify/check.ts';
import { isGreen } from '../verify/check.ts';
import type { Probed } from '../verify/live-probe.ts';
import type { Verification } from '../verify/verify.ts';
import { EXIT } from './exit-codes.ts';
import { exitCodeOf, failureDiagnostic } from './failure.ts';
import type { Report } from './report.ts';

interface Verified extends Verification {
  readonly policy: string;
  readonly backend: Backend;
  /** Of the policy itself: warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Check by check what was looked at and found, then the verdict. */
export async function verifyReport({
  policy,
  backend,
  checks,
  probed,
  diagnostics,
}: Verified): Promise<Report> {
  const ofProbe = probed === undefined ? [] : await probeDiagnostics(probed, backend);
  const found = [...checks.flatMap((check) => check.diagnostics), ...ofProbe];
  const isOk = isGreen(checks) && ofProbe.length === 0;
  return {
    exitCode: isOk ? EXIT.done : failedExit(probed),
    text: `${policy} on this host, ${backend.version}\n\n${checkLines(checks)}\n${verdictText(checks, isOk)}\n`,
    json: {
      ok: isOk,
      policy,
      backend: backend.name,
      checks: checksJson(checks),
    },
    diagnostics: [...diagnostics, ...found],
  };
}

export function checkLines(checks: readonly Check[]): string {
  return checks
    .map(({ name, result, text }) => {
      const shown = result === 'failed' ? 'FAILED' : result;
      return `${name.padEnd(16)}  ${shown.padEnd(11)}  ${text}\n`;
    })
    .join('');
}

export function checksJson(checks: readonly Check[]): object[] {
  return checks.map(({ name, result, text, packets }) => ({ name, result, text, packets }));
}

function verdictText(checks: readonly Check[], isOk: boolean): string {
  if (isOk) return 'verified: the host does what the policy says';
  const failed = checks.filter(({ result }) => result === 'failed').length;
  const unmade = checks.filter((check) => check.result === 'not checked' && !isGreen([check])).length;
  const parts = [
    failed === 0 ? [] : `${String(failed)} of ${String(checks.length)} checks failed`,
    unmade === 0 ? [] : `${String(unmade)} could not be made`,
  ].flat();
  return `NOT verified${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

/** A lock, or a missing privilege, is no word on the policy. */
function failedExit(probed: Probed | undefined): Report['exitCode'] {
  const isElse = probed?.kind === 'failed' && probed.cause instanceof CommandFailed;
  const exitCode = isElse ? exitCodeOf(probed.cause) : EXIT.notVerified;
  return exitCode === EXIT.error ? EXIT.notVerified : exitCode;
}

async function probeDiagnostics(probed: Probed, backend: Backend): Promise<Diagnostic[]> {
  const isClear = probed.leftCause === undefined;
  const failure =
    probed.kind === 'failed'
      ? [await failureDiagnostic(probed.cause, isClear ? CLEARED : 'Rules of the probe are left behind.')]
      : [];
  return isClear ? failure : [...failure, await leftBehind(probed, backend)];
}

const CLEARED = 'No rule of the probe is left.';

async function leftBehind({ left, leftCause }: Probed, { restore }: Backend): Promise<Diagnostic> {
  const { detail } = await failureDiagnostic(leftCause, 'They count and drop packets of the probe alone.');
  const commands = left.map((stdin) => commandText({ argv: [restore, '--noflush'], stdin }).trimEnd());
  const help = commands.length === 0 ? 'saref-mark apply POLICY.yaml' : commands.join('\n');
  return { code: 'SM4012', labels: [], detail, help: `take them away:\n${help}` };
}
