/** A text that spans point into, and the name to call it by. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** Characters `start` up to but not including `end` of a source. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** Counted from 1, the column in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionOf({ source, start }: Span): Position {
  const starts = lineStartsOf(source);
  let [line, end] = [0, starts.length];
  while (end - line > 1) {
    const middle = Math.floor((line + end) / 2);
    if ((starts[middle] as number) <= start) line = middle;
    else end = middle;
  }
  return { line: line + 1, column: start - (starts[line] as number) + 1 };
}

/** A report asks for the place of each line that it has: of a large file once for all. */
const LINE_STARTS = new WeakMap<Source, readonly number[]>();

function lineStartsOf(source: Source): readonly number[] {
  const known = LINE_STARTS.get(source);
  if (known !== undefined) return known;
  const starts = [0, ...Array.from(source.text.matchAll(/\n/g), ({ index }) => index + 1)];
  LINE_STARTS.set(source, starts);
  return starts;
}

/** `policies/site.yaml:14:12`: what editors and CI annotations link to. */
export function placeOf(span: Span): string {
  const { line, column } = positionOf(span);
  return `${span.source.name}:${String(line)}:${String(column)}`;
}

export function lineTextOf(source: Source, line: number): string {
  const starts = lineStartsOf(source);
  return source.text.slice(starts[line - 1] ?? source.text.length, starts[line]).replace(/\r?\n?$/, '');
}
