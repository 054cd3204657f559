import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import type { Policy } from '../policy.ts';

/** SM1301: an entry names a conn that `sarefs:` lacks. */
export function checkUnknownConn(policy: Policy): Diagnostic[] {
  const known = policy.sarefs.map(({ conn }) => conn.value);
  return policy.entries
    .map(({ conn }) => conn)
    .filter(({ value }) => !known.includes(value))
    .map(({ value, span }) => {
      const near = didYouMean(value, known);
      return {
        code: 'SM1301',
        labels: [{ span, text: 'is not in sarefs' }],
        detail: 'Without its SAref there is no nfmark to give to the packets of this entry.',
        help:
          near === undefined
            ? `add it to sarefs, as a number or as\n${value}: down`
            : `did you mean ${near}?`,
      };
    });
}
