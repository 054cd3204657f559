import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import { parseRule } from './parse-rule.ts';
import type { Save, SaveLine } from './save.ts';
import { endsInQuote } from './words.ts';

export interface SaveReading {
  readonly save: Save;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The text of iptables-save, one character per byte (latin1). Total: a line of no known form is kept
 * as `unread`, with a diagnostic (SM2001).
 */
export function parseSave(source: Source): SaveReading {
  const lines: SaveLine[] = [];
  const diagnostics: Diagnostic[] = [];
  let start = 0;
  let line = 1;
  for (const raw of rawLinesOf(source.text)) {
    const read = parseLine(raw, line);
    lines.push(read);
    if (read.kind === 'unread') {
      const span = { source, start, end: start + raw.trimEnd().length };
      diagnostics.push({ code: 'SM2001', labels: [{ span, text: 'is no line of iptables-save' }] });
    }
    start += raw.length;
    line += raw.split('\n').length - 1;
  }
  return { save: { lines }, diagnostics };
}

/**
 * Lines with their endings. A comment of a rule may hold a newline: then the rule covers two lines. Names
 * are not quoted: after `-i a"b` a quote seems open, and what follows is a line of its own all the same.
 */
function rawLinesOf(text: string): string[] {
  const lines: string[][] = [];
  let open = false;
  for (const piece of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const goesOn: boolean = open && !LINE_IN_TABLE.test(piece);
    if (goesOn) lines.at(-1)?.push(piece);
    else lines.push([piece]);
    open = (goesOn || LINE_IN_TABLE.test(piece)) && endsInQuote(piece, goesOn);
  }
  return lines.map((pieces) => pieces.join(''));
}

/** How the line behind a rule begins. */
const LINE_IN_TABLE = /^(?:(?:\[[0-9]+:[0-9]+\] )?-A |COMMIT\r?\n?$)/;
const RULE = /^(?:\[([0-9]+):([0-9]+)\] )?-A ([^ \t\n]+)(?:[ \t]|$)/;
// not \S: to JavaScript the byte 0xa0 is a blank, and it ends the UTF-8 of à
const CHAIN = /^:([^ \t]+) ([^ \t]+)(?: \[[0-9]+:[0-9]+\])?[ \t]*$/;

function parseLine(raw: string, line: number): SaveLine {
  const content = raw.replace(/\r?\n$/, '');
  if (content === '') return { kind: 'blank', raw, line };
  if (content.startsWith('#')) return { kind: 'comment', raw, line };
  if (content === 'COMMIT') return { kind: 'commit', raw, line };
  if (content.startsWith('*')) return { kind: 'table', name: content.slice(1), raw, line };
  const [, chain, policy] = CHAIN.exec(content) ?? [];
  if (chain !== undefined && policy !== undefined) return { kind: 'chain', chain, policy, raw, line };
  return parseRuleLine(content, raw, line);
}

function parseRuleLine(content: string, raw: string, line: number): SaveLine {
  const [head, packets, bytes, chain] = RULE.exec(content) ?? [];
  if (head === undefined || chain === undefined || endsInQuote(content)) return { kind: 'unread', raw, line };
  return {
    kind: 'rule',
    chain,
    counters: packets === undefined || bytes === undefined ? undefined : { packets, bytes },
    text: content.slice(head.length).replace(/[ \t]+$/, ''),
    rule: parseRule(content.slice(head.length)),
    raw,
    line,
  };
}

/** Byte for byte what was read. */
export function printSave(save: Save): string {
  return save.lines.map(({ raw }) => raw).join('');
}
