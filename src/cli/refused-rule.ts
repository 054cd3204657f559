import type { Applied } from '../apply/apply.ts';
import type { Refused } from '../apply/refusal.ts';
import { locateRefusal } from '../apply/refusal.ts';
import type { Step } from '../delta/step.ts';
import { CommandFailed, refusedLine } from '../system/classify.ts';
import type { HostTools } from '../system/host-tools.ts';
import { openTrialPlace } from '../system/trial.ts';

/**
 * Where the kernel refused a transaction and iptables-restore could not say for which line: found in a
 * namespace, by trying. Undefined where that is not the failure, or nothing is found.
 */
export async function refusedRule(applied: Applied, tools: HostTools): Promise<Refused | undefined> {
  // what could not be undone is another table by now
  if (applied.kind !== 'failed' && applied.kind !== 'undone') return undefined;
  const { failedStep: step, cause } = applied;
  if (step?.tool !== 'iptables-restore' || !isUnlocated(step, cause)) return undefined;
  try {
    const place = await openTrialPlace(tools.backend);
    try {
      const { script, origins } = step;
      const isSuspect = (index: number): boolean => origins[index] !== undefined;
      return await locateRefusal({ table: await tools.readTable(), script, isSuspect }, place.trial);
    } finally {
      await place.close();
    }
  } catch (error) {
    // the refusal is told all the same
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
}

function isUnlocated({ origins }: Extract<Step, { tool: 'iptables-restore' }>, cause: unknown): boolean {
  if (!(cause instanceof CommandFailed) || cause.kind !== 'refused') return false;
  const line = refusedLine(cause.outcome);
  return line === undefined || origins[line - 1] === undefined;
}
