import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { endConfirmation, findConfirmation, findReverted } from '../../state/confirmation.ts';
import { monotonicSeconds } from '../../system/occasion.ts';
import type { StateFolder } from '../../system/state-folder.ts';
import type { Run } from '../command.ts';
import { exclusively } from '../exclusively.ts';
import type { ExitCode } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { UsageError } from '../options.ts';
import { printReport } from '../report.ts';
import { findStore } from '../state-store.ts';

/** Says that a change is well: it stays. */
export const run: Run = async (args, terminal) => {
  const [token, ...others] = args.positionals;
  if (token === undefined || others.length > 0)
    throw new UsageError('one word is needed: apply --confirm has printed it, and status does');
  const refusal = await exclusively(args, () => Promise.resolve(confirm(findStore(args), token)));
  return printReport(args, terminal, {
    exitCode: refusal?.exitCode ?? EXIT.done,
    text: refusal === undefined ? 'confirmed: the change stays\n' : '',
    json: { ok: refusal === undefined, confirmed: refusal === undefined },
    diagnostics: refusal === undefined ? [] : [refusal.diagnostic],
  });
};

interface Refusal {
  readonly exitCode: ExitCode;
  readonly diagnostic: Diagnostic;
}

/** Undefined when it is confirmed. */
function confirm(folder: StateFolder | undefined, token: string): Refusal | undefined {
  const pending = folder && findConfirmation(folder);
  const reverted = folder && findReverted(folder);
  if (folder !== undefined && pending?.token === token) {
    if (pending.deadline <= monotonicSeconds())
      return refusal('The time is over: the host is going back to what it was.', EXIT.undone);
    endConfirmation(folder);
    return undefined;
  }
  if (reverted?.token === token)
    return refusal(`The time was over: at ${reverted.when} the host went back to what it was.`, EXIT.undone);
  return refusal(
    pending === undefined ? 'No change waits for a confirmation here.' : 'What waits has another word.',
    EXIT.error,
  );
}

function refusal(detail: string, exitCode: ExitCode): Refusal {
  const help = 'see what waits:\nsaref-mark status';
  return { exitCode, diagnostic: { code: 'SM3014', labels: [], detail, help } };
}
