import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Confirmation } from '../state/confirmation.ts';
import { durationText } from '../state/duration.ts';
import { monotonicSeconds } from '../system/occasion.ts';
import type { Arguments } from './options.ts';

interface Waiting {
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** What is to be done before the time is over: asked for, or left from an earlier change. */
export function pendingReport(pending: Confirmation | undefined, args: Arguments): Waiting {
  if (pending === undefined) return { text: '', diagnostics: [] };
  const left = `in ${secondsLeft(pending)} the host goes back to what it was, unless somebody says`;
  const command = `saref-mark confirm ${pending.token}${stateOption(args)}`;
  if (args.isSet('confirm'))
    return { text: `${left}, best over a new connection:\n    ${command}\n`, diagnostics: [] };
  const detail = `An earlier change is not confirmed: ${left} that it is well. What was changed now would go with it.`;
  return { text: '', diagnostics: [{ code: 'SM3105', labels: [], detail, help: `confirm it:\n${command}` }] };
}

export function secondsLeft({ deadline }: Confirmation): string {
  return durationText(deadline - monotonicSeconds());
}

export function pendingJson(pending: Confirmation | undefined): object | null {
  if (pending === undefined) return null;
  const { token, who, deadline } = pending;
  return { token, who, secondsLeft: Math.max(0, Math.round(deadline - monotonicSeconds())) };
}

function stateOption(args: Arguments): string {
  return args.isSet('state-dir') ? ` --state-dir ${args.value('state-dir')}` : '';
}
