import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy } from '../policy.ts';

/** SM1406: a proto that nobody knows, or that means all of them. */
export function checkBadProtocol(policy: Policy): Diagnostic[] {
  return policy.entries
    .flatMap(({ protocol }) => protocol ?? [])
    .filter(({ value }) => value === undefined)
    .map(({ span }) => ({
      code: 'SM1406',
      labels: [{ span, text: 'is no protocol' }],
      help: 'a name such as tcp, udp, icmp, esp, gre, or a number from 1 to 255; for every protocol leave proto: out',
    }));
}
