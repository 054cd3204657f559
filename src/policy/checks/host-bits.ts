import { cidrText } from '../../domain/cidr.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { networksOf } from '../sides.ts';
import type { Policy } from '../policy.ts';
import type { Span } from '../../diagnostics/source.ts';

/** SM1402: iptables would clear the host bits silently and match a whole network where one host was meant. */
export function checkHostBits(policy: Policy): Diagnostic[] {
  return networksOf(policy).flatMap(({ value, span }) =>
    value.kind === 'host-bits' ? [hostBits(span, cidrText(value.cidr))] : [],
  );
}

function hostBits(span: Span, network: string): Diagnostic {
  return {
    code: 'SM1402',
    labels: [{ span, text: `names a host inside ${network}` }],
    help: `for the network write ${network}, for the host a prefix length of 32`,
  };
}
