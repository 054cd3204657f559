import { LAST_SAREF } from '../../domain/saref.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Policy, Spanned } from '../policy.ts';

/** SM1006: there are 32,767 SArefs, so no more conns can be up than that. */
export function checkTooManyConns({ sarefs, entries }: Policy): Diagnostic[] {
  const lines = sarefs === 'pluto' ? [] : sarefs;
  const firsts = new Map<string, Spanned<string>>();
  for (const { conn } of [...lines, ...entries]) {
    if (!firsts.has(conn.value)) firsts.set(conn.value, conn);
  }
  const [beyond, ...others] = [...firsts.values()].slice(LAST_SAREF);
  if (beyond === undefined) return [];
  const more = others.length === 0 ? '' : ` Behind it there are ${String(others.length)} more.`;
  return [
    {
      code: 'SM1006',
      labels: [{ span: beyond.span, text: `is conn number ${String(LAST_SAREF + 1)}` }],
      detail: `A SAref is 1 to ${String(LAST_SAREF)}, and each conn that is up has one of its own.${more}`,
    },
  ];
}
