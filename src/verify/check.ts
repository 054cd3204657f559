import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { isError } from '../diagnostics/diagnostic.ts';

/** One thing that was held against the plan, or could not be. */
export interface Check {
  readonly name: string;
  readonly result: 'ok' | 'failed' | 'not checked';
  /** What was looked at and found; or why it was not looked at. */
  readonly text: string;
  /** How many packets it was tried with, where packets are what was looked at. */
  readonly packets?: number;
  /** What is not checked without an error among them does not apply to this host, and does no harm. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Failed where there is an error; a warning goes with what is ok. */
export function checkOf(check: Omit<Check, 'result'>): Check {
  return { ...check, result: check.diagnostics.some(isError) ? 'failed' : 'ok' };
}

/** Does not apply here. */
export function notApplicable(name: string, text: string): Check {
  return { name, result: 'not checked', text, diagnostics: [] };
}

/** Should have been looked at, and could not be: SM4007, unless it is said already in other words. */
export function notChecked(name: string, text: string, diagnostics?: readonly Diagnostic[]): Check {
  return {
    name,
    result: 'not checked',
    text,
    diagnostics: diagnostics ?? [{ code: 'SM4007', labels: [], detail: `${name}: ${text}` }],
  };
}

export function isGreen(checks: readonly Check[]): boolean {
  return !checks.some(({ diagnostics }) => diagnostics.some(isError));
}
