import type { Applied } from '../apply/apply.ts';
import type { Refused } from '../apply/refusal.ts';
import type { ExitCode } from './exit-codes.ts';
import { EXIT } from './exit-codes.ts';
import { exitCodeOf, failureDiagnostic } from './failure.ts';
import type { Report } from './report.ts';
import { stepJson } from './report.ts';

interface Told {
  readonly verb?: 'applied' | 'removed';
  /** What the kernel did not want, where the failure itself does not say. */
  readonly refused?: Refused | undefined;
}

/** What an apply came to. Also for a rehearsal that does not get further. */
export async function appliedReport(
  applied: Applied,
  name: string,
  { verb = 'applied', refused }: Told = {},
): Promise<Report> {
  const { kind } = applied;
  const facts = { ok: kind === 'unchanged' || kind === 'applied', changed: kind === 'applied', result: kind };
  switch (kind) {
    case 'unchanged':
      return { exitCode: EXIT.done, text: `${name}: nothing to do\n`, json: facts, diagnostics: [] };
    case 'applied': {
      const { steps } = applied;
      const text = `${name}: ${verb} in ${String(steps.length)} steps\n`;
      return { exitCode: EXIT.done, text, json: { ...facts, steps: steps.map(stepJson) }, diagnostics: [] };
    }
    case 'refused':
      return { exitCode: EXIT.error, text: '', json: facts, diagnostics: applied.diagnostics };
    case 'failed':
    case 'undone':
    case 'not undone': {
      const failure = await failureDiagnostic(applied.cause, STATES[kind], {
        step: applied.failedStep,
        refused,
      });
      const undoing = kind === 'not undone' ? [await failureDiagnostic(applied.undoCause, STATES[kind])] : [];
      return { exitCode: failureExit(applied), text: '', json: facts, diagnostics: [failure, ...undoing] };
    }
    default:
      return kind satisfies never;
  }
}

const STATES = {
  failed: 'Nothing was written.',
  undone: 'What was written was taken back: the host is as it was.',
  'not undone': 'The host is between the old state and the new one.',
};

function failureExit({ kind, cause }: Extract<Applied, { cause: unknown }>): ExitCode {
  if (kind === 'not undone') return EXIT.notUndone;
  const exitCode = exitCodeOf(cause);
  // whoever has to try later need not know that something was taken back
  return kind === 'undone' && exitCode !== EXIT.locked ? EXIT.undone : exitCode;
}
