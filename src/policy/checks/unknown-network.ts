import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import type { Policy } from '../policy.ts';
import { sidesIn } from '../sides.ts';

/** SM1403: a src or dst that is a name, and no network has it. */
export function checkUnknownNetwork(policy: Policy): Diagnostic[] {
  const known = policy.networks.map(({ name }) => name.value);
  return sidesIn(policy).flatMap(({ value, span }) => {
    if (value.kind !== 'unknown name') return [];
    const near = didYouMean(value.name, known);
    return [
      {
        code: 'SM1403',
        labels: [{ span, text: 'is not in networks' }],
        help:
          near === undefined
            ? `write a network like 192.168.0.0/24, or give the name one:\nnetworks: { ${value.name}: 192.168.0.0/24 }`
            : `did you mean ${near}?`,
      },
    ];
  });
}
