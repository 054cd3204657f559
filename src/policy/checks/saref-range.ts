import { hexOf } from '../../domain/mark.ts';
import { LAST_SAREF, toSaref } from '../../domain/saref.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy, Spanned } from '../policy.ts';

/** SM1201: the index of an SA has 15 bits, and 0 is none. */
export function checkSarefRange(policy: Policy): Diagnostic[] {
  return policy.sarefs.flatMap(({ refhim, ref }) => [
    ...outOfRange('refhim', refhim),
    ...outOfRange('ref', ref),
  ]);
}

function outOfRange(key: 'refhim' | 'ref', saref: Spanned<number> | undefined): Diagnostic[] {
  if (saref === undefined || toSaref(saref.value) !== undefined) return [];
  const { value, span } = saref;
  return [
    {
      code: 'SM1201',
      labels: [{ span, text: labelFor(value) }],
      detail: `A SAref is 1 to ${String(LAST_SAREF)}.${aliasSentence(value)}`,
      help: `the current value is the ${key}= of the conn in:\nipsec auto --status`,
    },
  ];
}

function labelFor(value: number): string {
  if (value <= 0) return value === 0 ? 'is no SA' : 'is below 1';
  const bits = Math.ceil(Math.log2(value + 1));
  return `needs ${String(bits)} bits; a SAref has 15`;
}

/** What the stock script's arithmetic, `ref | 0x8000`, would have made of 32768 to 65535. */
function aliasSentence(value: number): string {
  if (value <= LAST_SAREF || value > 0xffff) return '';
  const alias = value - LAST_SAREF - 1;
  const whose = alias === 0 ? 'none' : 'another tunnel';
  return ` ${String(value)} would be written as nfmark ${hexOf(value * 0x10000)}, which the kernel reads back as SAref ${String(alias)}: ${whose}.`;
}
