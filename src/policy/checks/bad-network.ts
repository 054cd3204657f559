import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { networksOf } from '../sides.ts';
import type { Policy } from '../policy.ts';

/** SM1401: a src or dst that is no IPv4 network. */
export function checkBadNetwork(policy: Policy): Diagnostic[] {
  return networksOf(policy).flatMap(({ value, span }) =>
    value.kind === 'bad' ? [{ code: 'SM1401', labels: [{ span, text: value.reason }] }] : [],
  );
}
