import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import { parseRule } from './parse-rule.ts';
import type { Counters, Save, SaveLine } from './save.ts';
import { endsInQuote } from './words.ts';

export interface SaveReading {
  readonly save: Save;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The text of iptables-save, one character per byte (latin1). Total: a line of no known form is kept
 * as `unread`, with a diagnostic (SM2001).
 *
 * @param name what to call the text in diagnostics
 */
export function parseSave(text: string, name = 'iptables-save'): SaveReading {
  const source: Source = { name, text };
  const lines: SaveLine[] = [];
  const diagnostics: Diagnostic[] = [];
  let line = 1;
  for (const [start, end] of linesOf(text)) {
    const read = parseLine(text.slice(start, end), line);
    lines.push(read);
    if (read.kind === 'unread') diagnostics.push(unread(source, start, read.text));
    line += newlinesIn(text, start, end);
  }
  return { save: { lines }, diagnostics };
}

function unread(source: Source, start: number, text: string): Diagnostic {
  return {
    code: 'SM2001',
    labels: [{ span: { source, start, end: start + text.length }, text: 'is no line of iptables-save' }],
    help: 'iptables-save prints lines that begin with #, *, :, -A, [ or COMMIT',
  };
}

/** Start and end of each line, its newline included. A rule goes on behind a newline that is quoted. */
function* linesOf(text: string): Generator<readonly [number, number]> {
  let start = 0;
  while (start < text.length) {
    const end = lineEnd(text, start);
    const last = (isRuleAt(text, start) ? quotedRuleEnd(text, start, end) : undefined) ?? end;
    yield [start, last];
    start = last;
  }
}

function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 ? text.length : newline + 1;
}

function isRuleAt(text: string, at: number): boolean {
  return text.startsWith('-A ', at) || text[at] === '[';
}

/** A word has 1023 bytes at most: a quote that nothing closes soon was never meant to be one. */
const LONGEST_QUOTED_RULE = 2048;

/**
 * The end of the line that closes the quote in which the first line of a rule ends, if all of it is one
 * rule: a quote in the name of an interface is printed as it is, and must not swallow the rules behind it.
 */
function quotedRuleEnd(text: string, start: number, end: number): number | undefined {
  const last = endsInQuote(text.slice(start, end)) ? quotedEnd(text, start) : undefined;
  const line = last === undefined ? undefined : parseLine(text.slice(start, last), 0);
  return line?.kind === 'rule' && line.rule.kind === 'rule' ? last : undefined;
}

function quotedEnd(text: string, start: number): number | undefined {
  const last = Math.min(text.length, start + LONGEST_QUOTED_RULE);
  let isQuoted = false;
  for (let at = start; at < last; at += 1) {
    const char = text[at];
    if (char === '"') isQuoted = !isQuoted;
    if (char === '\\' && isQuoted) at += 1;
    if (char === '\n' && !isQuoted) return at + 1;
  }
  return last === text.length && !isQuoted ? last : undefined;
}

function newlinesIn(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

const COUNTERS = /^\[([0-9]+):([0-9]+)\]$/;

function parseLine(raw: string, line: number): SaveLine {
  const text = raw.slice(0, contentEnd(raw));
  const place = { line, ending: raw.slice(text.length) };
  if (text === '') return { kind: 'blank', ...place };
  if (text.startsWith('#')) return { kind: 'comment', text, ...place };
  if (text === 'COMMIT') return { kind: 'commit', ...place };
  if (text.startsWith('*')) return { kind: 'table', name: text.slice(1), ...place };
  const known = text.startsWith(':') ? chainLine(text, place) : ruleLine(text, place);
  return known ?? { kind: 'unread', text, ...place };
}

/** Where the blanks and the newline at the end begin. */
function contentEnd(raw: string): number {
  let end = raw.length;
  while (end > 0 && ' \t\r\n'.includes(raw.charAt(end - 1))) end -= 1;
  return end;
}

type Place = Pick<SaveLine, 'line' | 'ending'>;

/** `:NAME POLICY [packets:bytes]`; before 1.8.10 restore takes it without the counters too. */
function chainLine(text: string, place: Place): SaveLine | undefined {
  const words = text.slice(1).split(' ');
  const counters = countersOf(text.slice(text.lastIndexOf(' ') + 1));
  const [chain, policy, ...rest] = counters === undefined ? words : words.slice(0, -1);
  if (chain === undefined || chain === '' || policy === undefined || policy === '' || rest.length > 0)
    return undefined;
  return { kind: 'chain', chain, policy, counters, ...place };
}

/** `-A CHAIN rule`, with or without counters in front. */
function ruleLine(text: string, place: Place): SaveLine | undefined {
  const counterWord = text.startsWith('[') ? text.slice(0, text.indexOf(' ')) : '';
  const counters = countersOf(counterWord);
  const command = counters === undefined ? text : text.slice(counterWord.length + 1);
  if (!command.startsWith('-A ') || endsInQuote(text)) return undefined;
  const blank = command.indexOf(' ', 3);
  const chain = blank === -1 ? command.slice(3) : command.slice(3, blank);
  if (chain === '' || chain.includes('\t')) return undefined;
  const rule = parseRule(blank === -1 ? '' : command.slice(blank + 1));
  return { kind: 'rule', chain, counters, rule, ...place };
}

function countersOf(word: string): Counters | undefined {
  const [, packets, bytes] = COUNTERS.exec(word) ?? [];
  return packets === undefined || bytes === undefined ? undefined : { packets, bytes };
}
