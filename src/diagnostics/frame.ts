import { CODES } from './codes.ts';
import type { Diagnostic, Label } from './diagnostic.ts';
import { lineTextOf, placeOf, positionOf } from './source.ts';

/** Paints a piece of text; the identity where there is no colour. */
export type Paint = (style: 'error' | 'warning' | 'strong' | 'faint', text: string) => string;

export const plain: Paint = (_style, text) => text;

/** A diagnostic as a person reads it: summary, framed source lines with carets, detail, help. */
export function frameDiagnostic({ code, labels, detail, help }: Diagnostic, paint: Paint = plain): string {
  const { severity, summary } = CODES[code];
  const lines = [`${paint(severity, `${severity}[${code}]`)} ${paint('strong', summary)}`];
  const gutter = Math.max(0, ...labels.map(({ span }) => String(positionOf(span).line).length));
  labels.forEach((label, index) => {
    lines.push(...frameLabel(label, { arrow: index === 0 ? '-->' : ':::', gutter, severity, paint }));
  });
  if (detail !== undefined) lines.push(visible(detail));
  if (help !== undefined) lines.push(helpText(visible(help)));
  return `${lines.join('\n')}\n`;
}

interface Framing {
  readonly arrow: string;
  readonly gutter: number;
  readonly severity: 'error' | 'warning';
  readonly paint: Paint;
}

function frameLabel({ span, text }: Label, { arrow, gutter, severity, paint }: Framing): string[] {
  const { line, column } = positionOf(span);
  const bar = (content: string, number = ''): string =>
    `${paint('faint', `${number.padStart(gutter)} |`)}${content === '' ? '' : ` ${content}`}`;
  const lineText = lineTextOf(span.source, line);
  const [from, to] = excerptOf(lineText, column - 1);
  const shown = (at: number): string[] =>
    at < 1 ? [] : [bar(visible(cut(lineTextOf(span.source, at), from, to)), String(at))];
  // a tab in front of the culprit has to stand in front of the caret too
  const indent = cut(lineText.slice(0, column - 1), from, to).replace(/[^\t]/g, ' ');
  const room = Math.min(lineText.length, to) - column + 1;
  const carets = '^'.repeat(Math.max(1, Math.min(span.end - span.start, room)));
  return [
    `${' '.repeat(gutter)}${paint('faint', arrow)} ${visible(placeOf(span))}`,
    bar(''),
    ...shown(line - 1),
    ...shown(line),
    bar(`${indent}${paint(severity, carets)} ${visible(text)}`),
    bar(''),
  ];
}

/** What a terminal obeys rather than shows, but for newlines and tabs, and what turns a line round. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** As many characters, each of which can be seen: files and commands say what others have put there. */
function visible(text: string): string {
  return text.replace(UNSEEN, (char) => {
    if (char === '\n' || char === '\t') return char;
    return char < ' ' ? String.fromCharCode(0x2400 + char.charCodeAt(0)) : '\ufffd';
  });
}

const WIDEST = 200;

/** What is shown of the lines: all of them, or the part around a character of one. */
function excerptOf({ length }: string, at: number): readonly [number, number] {
  const from = Math.max(0, Math.min(at - WIDEST / 2, length - WIDEST));
  return [from, from + WIDEST];
}

/** With an ellipsis where something is missing. */
function cut(text: string, from: number, to: number): string {
  return `${from > 0 ? '…' : ''}${text.slice(from, to)}${text.length > to ? '…' : ''}`;
}

/** A help of several lines is a sentence and what to type, indented. */
function helpText(help: string): string {
  const [first = '', ...rest] = help.split('\n');
  return [`help: ${first}`, ...rest.map((line) => `    ${line}`)].join('\n');
}
