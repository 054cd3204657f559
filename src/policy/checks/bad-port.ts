import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy } from '../policy.ts';

/** SM1404: a sport or dport that is neither a port nor a range of ports. */
export function checkBadPort(policy: Policy): Diagnostic[] {
  return policy.entries
    .flatMap(({ sport = [], dport = [] }) => [...sport, ...dport])
    .filter(({ value }) => value === undefined)
    .map(({ span }) => ({
      code: 'SM1404',
      labels: [{ span, text: 'is no port' }],
      help: 'a port is 0 to 65535, a range is 1000-1999, the smaller one first; names of services are not read',
    }));
}
