import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../diagnostics/source.ts';

/** A cell without its quotes, and its place with them. */
export interface Cell {
  readonly text: string;
  readonly span: Span;
}

export interface CsvReading {
  /** Lines with something on them. */
  readonly rows: readonly (readonly Cell[])[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * RFC 4180, with whatever ends a line. Where the first line has semicolons and no comma, as spreadsheets
 * write them in much of Europe, they are what stands between cells. The readers on npm know the line of a
 * cell at best.
 */
export function readCsv(source: Source): CsvReading {
  const { text } = source;
  const separator = separatorIn(text);
  const rows: Cell[][] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    const row: Cell[] = [];
    for (let isMore = true; isMore;) {
      const { cell, end } = cellAt(source, at, separator);
      if (cell === undefined) return { rows: [], diagnostics: [badQuote({ source, start: at, end })] };
      row.push(cell);
      isMore = text[end] === separator;
      at = end + (text.startsWith('\r\n', end) ? 2 : 1);
    }
    if (row.length > 1 || row[0]?.text !== '') rows.push(row);
  }
  return { rows, diagnostics: [] };
}

function separatorIn(text: string): ',' | ';' {
  const [header] = text.split('\n', 1) as [string];
  return header.includes(';') && !header.includes(',') ? ';' : ',';
}

interface CellReading {
  /** Undefined where its quotes are not as they have to be. */
  readonly cell: Cell | undefined;
  /** Of all up to the separator. */
  readonly end: number;
}

/** Blanks around it do not count. */
function cellAt(source: Source, at: number, separator: string): CellReading {
  const { text } = source;
  const start = at + lengthOf(/[ \t]*/y, text, at);
  const isQuoted = text[start] === '"';
  const quotedEnd = isQuoted ? endOfQuotes(text, start) : start;
  const bare = separator === ',' ? /[^,\r\n]*/y : /[^;\r\n]*/y;
  const end = quotedEnd + lengthOf(bare, text, quotedEnd);
  const rest = text.slice(quotedEnd, end).trimEnd();
  if (rest.includes('"') || (isQuoted && (rest !== '' || quotedEnd === start)))
    return { cell: undefined, end };
  const span = { source, start, end: quotedEnd + rest.length };
  const content = isQuoted ? text.slice(start + 1, quotedEnd - 1).replaceAll('""', '"') : rest;
  return { cell: { text: content, span }, end };
}

function lengthOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  // both patterns match nothing, too
  pattern.test(text);
  return pattern.lastIndex - at;
}

/** Behind the quote that ends it, which no other one follows; the start where there is none. */
function endOfQuotes(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1 && text[quote + 1] === '"') quote = text.indexOf('"', quote + 2);
  return quote === -1 ? start : quote + 1;
}

function badQuote(span: Span): Diagnostic {
  return {
    code: 'SM1004',
    labels: [{ span, text: 'has a quote that does not go with its others' }],
    help: 'put the whole cell in quotes, and each quote in it twice: "the ""old"" lab"',
  };
}
