import type { Diagnostic, Label } from '../../diagnostics/diagnostic.ts';
import type { PlutoStatus } from '../pluto-status.ts';

const MOST_LABELS = 3;

/** SM2102: conns that are up, on a stack that has no SArefs or does not show them. */
export function checkStatus({ conns, kernelInterface }: PlutoStatus): Diagnostic[] {
  const without = conns.filter(({ state, refhim }) => state !== undefined && refhim === undefined);
  if (without.length === 0) return [];
  const labels = without
    .slice(0, MOST_LABELS)
    .map(({ conn }): Label => ({ span: conn.span, text: 'is up without a SAref' }));
  const rest = without.length - labels.length;
  const stack = kernelInterface === undefined ? '' : ` The kernel interface is ${kernelInterface}.`;
  return [
    {
      code: 'SM2102',
      labels,
      detail: `Each of them counts as down.${rest > 0 ? ` So do ${String(rest)} more.` : ''}${stack}`,
      help: 'SArefs are those of mast, in ipsec.conf:\nprotostack=mast',
    },
  ];
}
