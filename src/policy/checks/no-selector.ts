import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { saysWhich } from '../entry.ts';
import type { Policy } from '../policy.ts';

/** SM1304: an entry that says nothing about packets would take every one. */
export function checkNoSelector(policy: Policy): Diagnostic[] {
  return policy.entries
    .filter((entry) => entry.selector === undefined && !saysWhich(entry))
    .map(({ conn: { span } }) => ({
      code: 'SM1304',
      labels: [{ span, text: 'which packets?' }],
      detail: 'An entry without src, dst, proto and in would take every packet.',
      help: 'if it is meant to, say so:\ndst: 0.0.0.0/0',
    }));
}
