import type { Code } from '../diagnostics/codes.ts';
import { CODES } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { diagnosticJson, isError } from '../diagnostics/diagnostic.ts';
import { frameDiagnostic } from '../diagnostics/frame.ts';
import { placeOf } from '../diagnostics/source.ts';
import { decoded } from '../domain/decoded.ts';
import type { Step } from '../delta/step.ts';
import type { ExitCode } from './exit-codes.ts';
import { EXIT } from './exit-codes.ts';
import type { Arguments } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Of the JSON that commands print. Fields may be added; one that changes or goes raises it. */
const JSON_VERSION = 1;

/** The outcome of a command in both of its forms. */
export interface Report {
  readonly exitCode: ExitCode;
  readonly text: string;
  readonly json: object;
  readonly diagnostics: readonly Diagnostic[];
  /** How many of them, from the first on, were said with `tell` before; absent: none. */
  readonly toldBefore?: number;
}

/** What has to be read before the command goes on. */
export function tell(terminal: Terminal, diagnostics: readonly Diagnostic[]): void {
  terminal.err(framed(diagnostics, terminal));
}

/** Diagnostics go to stderr in either form; with --output json stdout carries them too. */
export function printReport(args: Arguments, terminal: Terminal, report: Report): ExitCode {
  const { exitCode, text, json, diagnostics, toldBefore = 0 } = report;
  tell(terminal, diagnostics.slice(toldBefore));
  const isJson = args.value('output') === 'json';
  const fields = {
    version: JSON_VERSION,
    ...json,
    warnings: diagnostics.filter((diagnostic) => !isError(diagnostic)).map(headline),
    diagnostics: diagnostics.map(diagnosticJson),
  };
  terminal.out(isJson ? `${JSON.stringify(fields, undefined, 2)}\n` : text);
  return exitCode;
}

/** Of one kind: who has that many of them has seen enough to know what is wrong. */
const MOST_SHOWN = 100;

function framed(diagnostics: readonly Diagnostic[], { paint }: Terminal): string {
  const counts = new Map<Code, number>();
  const shown = diagnostics.filter(({ code }) => {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    return count <= MOST_SHOWN;
  });
  const rest = [...counts].filter(([, count]) => count > MOST_SHOWN);
  return [
    ...shown.map((diagnostic) => frameDiagnostic(diagnostic, paint)),
    ...rest.map(([code, count]) => {
      const more = String(count - MOST_SHOWN);
      return `${code} ${CODES[code].summary}: ${more} more, all of them with --output json\n`;
    }),
  ].join('\n');
}

/** One line, as Ansible shows warnings. */
function headline({ code, labels: [first] }: Diagnostic): string {
  const place = first === undefined ? '' : ` (${placeOf(first.span)})`;
  return `${code} ${CODES[code].summary}${place}`;
}

/** For every command that needs a policy without errors and got none, or could not read what it needs beside it. */
export function invalidPolicy(name: string, diagnostics: readonly Diagnostic[]): Report {
  const isOfPolicy = diagnostics.filter(isError).every(({ code }) => code.startsWith('SM1'));
  return {
    exitCode: isOfPolicy ? EXIT.policyInvalid : EXIT.error,
    text: '',
    json: { policy: name, ok: false },
    diagnostics,
  };
}

/** A step as JSON: its lines with the places in the policy that they come from. */
export function stepJson(step: Step): object {
  if (step.tool !== 'iptables-restore' && step.tool !== 'ipset') return step;
  const lines = step.script.trimEnd().split('\n');
  return {
    tool: step.tool,
    lines: lines.map((text, index) => {
      const origin = step.origins[index];
      return { text: decoded(text), origin: origin === undefined ? undefined : placeOf(origin) };
    }),
  };
}
