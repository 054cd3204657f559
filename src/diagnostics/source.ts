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
  const before = source.text.slice(0, start);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: start - lineStart + 1 };
}

/** `policies/site.yaml:14:12`: what editors and CI annotations link to. */
export function placeOf(span: Span): string {
  const { line, column } = positionOf(span);
  return `${span.source.name}:${String(line)}:${String(column)}`;
}

export function lineTextOf(source: Source, line: number): string {
  return (source.text.split('\n')[line - 1] ?? '').replace(/\r$/, '');
}
