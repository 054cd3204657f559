import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../diagnostics/source.ts';
import { didYouMean } from '../diagnostics/suggest.ts';
import type { Cell } from './csv.ts';
import { readCsv } from './csv.ts';
import type { Field, Located } from './document.ts';
import { entryColumns } from './validator.js';

export interface TableReading {
  /** A list of entries as a document has it. */
  readonly entries: Located | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Entries line by line; the first line says which key of an entry each column is. An empty cell is no key. */
export function readTable(source: Source): TableReading {
  const { rows, diagnostics } = readCsv(source);
  const [header = [], ...lines] = rows;
  const problems = [
    ...diagnostics,
    ...(diagnostics.length === 0 && header.length === 0 ? [noHeader(source)] : []),
    ...header.flatMap((cell, column) => columnProblem(cell, header.slice(0, column))),
    ...lines.flatMap((line) => [...lengthProblem(line, header), ...mapProblems(line, header)]),
  ];
  if (problems.length > 0) return { entries: undefined, diagnostics: problems.slice(0, MOST_PROBLEMS) };
  const items = lines.map((line) => entryIn(line, header));
  const span = { source, start: 0, end: source.text.length };
  return { entries: { value: items.map(({ value }) => value), items, span }, diagnostics: [] };
}

/** A file that is no table at all can have a mistake in every line. */
const MOST_PROBLEMS = 20;

function noHeader(source: Source): Diagnostic {
  return {
    code: 'SM1004',
    labels: [{ span: { source, start: 0, end: 0 }, text: 'has no first line with the names of columns' }],
    help: 'begin with a line such as:\nconn,dst,proto,dport',
  };
}

function columnProblem({ text, span }: Cell, before: readonly Cell[]): Diagnostic[] {
  if (text === '') return [namelessColumn(span, before.length + 1)];
  const known = Object.keys(entryColumns);
  if (!known.includes(text)) {
    const near = didYouMean(text, known);
    const help = near === undefined ? `the columns are ${known.join(', ')}` : `did you mean ${near}?`;
    return [{ code: 'SM1007', labels: [{ span, text: 'is no key of an entry' }], help }];
  }
  const same = before.find((cell) => cell.text === text);
  if (same === undefined) return [];
  const labels = [
    { span, text: 'is a column' },
    { span: same.span, text: 'that the table has already' },
  ];
  return [{ code: 'SM1004', labels }];
}

function namelessColumn(span: Span, number: number): Diagnostic {
  return {
    code: 'SM1004',
    labels: [{ span, text: `column ${String(number)} has no name` }],
    help: 'name the column, or take its separator away in each line',
  };
}

/** A cell too few or too many is most often a separator that stands in another cell. */
function lengthProblem(line: readonly Cell[], header: readonly Cell[]): Diagnostic[] {
  if (line.length === header.length) return [];
  const { span } = (line[header.length] ?? line.at(-1)) as Cell;
  const text = `of ${String(line.length)} cells in a table of ${String(header.length)} columns`;
  return [
    {
      code: 'SM1004',
      labels: [{ span, text }],
      help: 'leave cells empty that say nothing, and put those in quotes that have a separator in them',
    },
  ];
}

/** A key may have a map where its column has a number. */
function mapProblems(line: readonly Cell[], header: readonly Cell[]): Diagnostic[] {
  return line.flatMap(({ text, span }, column): Diagnostic[] => {
    const name = header[column]?.text ?? '';
    if (!text.trim().startsWith('{') || entryColumns[name]?.isText !== false) return [];
    return [
      {
        code: 'SM1002',
        labels: [{ span, text: 'must be a number alone: a cell holds no map' }],
        help: 'write a map under sarefs: in the policy, by the name of the conn',
      },
    ];
  });
}

function entryIn(line: readonly Cell[], header: readonly Cell[]): Located {
  const filled = line.map((cell, column) => ({ cell, name: header[column] as Cell }));
  const fields = new Map(
    filled
      .filter(({ cell }) => cell.text !== '')
      .map(({ cell, name }): [string, Field] => [
        name.text,
        { key: name.span, part: partIn(cell, name.text) },
      ]),
  );
  const value = Object.fromEntries([...fields].map(([key, { part }]) => [key, part.value]));
  const [first, last] = [line[0], line.at(-1)] as [Cell, Cell];
  return { value, fields, span: { ...first.span, end: last.span.end } };
}

const NUMBER = /^(?:0|[1-9][0-9]{0,14})$/;

/** A list has blanks between its items. What can be a number and looks like one is one. */
function partIn({ text, span }: Cell, column: string): Located {
  const { isList, isNumber } = entryColumns[column] as (typeof entryColumns)[string];
  const valueOf = (word: string): string | number => (isNumber && NUMBER.test(word) ? Number(word) : word);
  const words = isList ? [...text.matchAll(/\S+/g)] : [];
  if (words.length < 2) return { value: valueOf(text.trim()), span };
  const offset = span.source.text.indexOf(text, span.start);
  const items = words.map(({ 0: word, index }): Located => {
    const start = offset + index;
    const itemSpan: Span = { source: span.source, start, end: start + word.length };
    return { value: valueOf(word), span: itemSpan };
  });
  return { value: items.map(({ value }) => value), items, span };
}
