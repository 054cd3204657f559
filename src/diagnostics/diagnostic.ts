import type { Code } from './codes.ts';
import { CODES } from './codes.ts';
import type { Span } from './source.ts';
import { positionOf } from './source.ts';

/** A span and the words under its carets. */
export interface Label {
  readonly span: Span;
  readonly text: string;
}

/**
 * One mistake. The first label is the culprit, further ones the other parties. `detail` says what and
 * why it matters; `help` can be typed or pasted.
 */
export interface Diagnostic {
  readonly code: Code;
  readonly labels: readonly Label[];
  readonly detail?: string | undefined;
  readonly help?: string | undefined;
}

export function isError({ code }: Diagnostic): boolean {
  return CODES[code].severity === 'error';
}

/** By file, by place in its text, then by code; those without a place come last. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort(
    ({ labels: [one], code }, { labels: [other], code: otherCode }) =>
      order(one === undefined ? 1 : 0, other === undefined ? 1 : 0) ||
      order(one?.span.source.name ?? '', other?.span.source.name ?? '') ||
      order(one?.span.start ?? 0, other?.span.start ?? 0) ||
      order(code, otherCode),
  );
}

function order<T extends string | number>(one: T, other: T): number {
  return Number(one > other) - Number(one < other);
}

/** The shape of a diagnostic in JSON output: the fields of the text, places counted from 1. */
export function diagnosticJson({ code, labels, detail, help }: Diagnostic): object {
  const { severity, summary } = CODES[code];
  return {
    code,
    severity,
    summary,
    labels: labels.map(({ span, text }) => ({ file: span.source.name, ...positionOf(span), text })),
    detail,
    help,
  };
}
