import { hexOf, isMarked } from '../../domain/mark.ts';
import { LAST_SAREF, NO_REF, sarefBitsOf, toSaref } from '../../domain/saref.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy, SarefLine, Spanned } from '../policy.ts';

/** SM1201, SM1202: what is written where a SAref belongs, in the table of the policy and in its entries. */
export function checkSarefRange({ sarefs, entries }: Policy): Diagnostic[] {
  const lines = sarefs === 'pluto' ? [] : sarefs;
  return checkSarefLines([...lines, ...entries.flatMap(({ saref }) => saref ?? [])]);
}

/** The same for any table of SArefs. The index of an SA has 15 bits, and 0 is none. */
export function checkSarefLines(lines: readonly SarefLine[]): Diagnostic[] {
  return lines.flatMap(({ refhim, ref }) => [...problemOf('refhim', refhim), ...problemOf('ref', ref)]);
}

function problemOf(key: 'refhim' | 'ref', saref: Spanned<number> | undefined): Diagnostic[] {
  if (saref === undefined || toSaref(saref.value) !== undefined) return [];
  return [isNfmark(saref.value) ? nfmark(saref) : outOfRange(key, saref)];
}

function isNfmark(value: number): boolean {
  return value > 0 && value <= 0xffffffff && isMarked(value) && value !== NO_REF && sarefBitsOf(value) > 0;
}

function nfmark({ value, span }: Spanned<number>): Diagnostic {
  const saref = String(sarefBitsOf(value));
  return {
    code: 'SM1202',
    labels: [{ span, text: `is the nfmark ${hexOf(value)}; the SAref in it is ${saref}` }],
    help: `write ${saref}`,
  };
}

function outOfRange(key: string, { value, span }: Spanned<number>): Diagnostic {
  return {
    code: 'SM1201',
    labels: [{ span, text: labelFor(value) }],
    detail: `A SAref is 1 to ${String(LAST_SAREF)}.${aliasSentence(value)}`,
    help: `the current value is the ${key}= of the conn in:\nipsec auto --status`,
  };
}

function labelFor(value: number): string {
  if (value === NO_REF) return 'is how pluto prints that there is none';
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
