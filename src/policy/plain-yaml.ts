/**
 * The YAML that programs and most people write, JSON included: maps and lists by indentation or in
 * brackets, words, whole numbers and quoted text of one line. It reads a large inventory in a small part
 * of the time that the parser for all of YAML takes, and says nothing: of whatever is not as plain as
 * that, right or wrong, `undefined` comes back, and the other parser has the word. What comes back is
 * what that one would give (test/property/plain-yaml.test.ts).
 */
import type { Source, Span } from '../diagnostics/source.ts';
import type { Field, Located } from './document.ts';

export function readPlain(source: Source): Located | undefined {
  const reader: Reader = { source, text: source.text, at: 0, column: 0, depth: 0 };
  try {
    nextLine(reader);
    if (reader.column === 0 && take(reader, DOCUMENT_START) !== undefined) nextLine(reader);
    const root = partOnLines(reader, -1);
    return reader.at === reader.text.length ? root : undefined;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

class NotPlain extends Error {}

function notPlain(): never {
  throw new NotPlain();
}

/** Where the reading stands. */
interface Reader {
  readonly source: Source;
  readonly text: string;
  at: number;
  /** Between two lines: the column where the next one begins, or NONE. */
  column: number;
  /** Of brackets. */
  depth: number;
}

/** Deeper than any policy, and far from what fills the stack. */
const DEEPEST = 20;

/** YAML asks for a key of at most 1024 characters. */
const LONGEST_KEY = 1000;

const DOCUMENT_START = /---(?: *| +#[^\n]*)\n/y;
const EMPTY_LINE = / *(?:#[^\n]*)?\n/y;
const LAST_LINE = / *(?:#[^\n]*)?$/y;
const BLANKS = / */y;
/** Of a line with a value on it. */
const LINE_END = /(?: *| +#[^\n]*)(?:\n|$)/y;
const REST_OF_GAP = /\n|(?<= )#[^\n]*\n/y;
const COLON = /:(?=[ \n])/y;
const COLON_BEHIND_QUOTES = / *:/y;
const ITEM = /- +(?![ \n#])/y;

/* eslint-disable no-control-regex -- that there are none is the point */

/*
 * What stands in a word: nothing that is a sign of YAML's there, no control character, and blanks only in
 * the middle. Longer ones are read by the other parser.
 */
const KEY = /[A-Za-z_0-9](?:[^\x00-\x20\x7f-\xa0:#,[\]{}\u2028\u2029\ufeff]|:(?=[A-Za-z0-9_])){0,999}/y;
const WORD =
  /[A-Za-z0-9_/.](?:[^\x00-\x20\x7f-\xa0:#\u2028\u2029\ufeff]| +(?=[^\x00-\x20\x7f-\xa0:#])|:(?=[A-Za-z0-9_/.])){0,999}/y;
const WORD_IN_BRACKETS =
  /[A-Za-z0-9_/.](?:[^\x00-\x20\x7f-\xa0:#,[\]{}\u2028\u2029\ufeff]| +(?=[^\x00-\x20\x7f-\xa0:#,[\]{}])|:(?=[A-Za-z0-9_/.])){0,999}/y;
const DOUBLE_QUOTED =
  /"(?:[^"\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}){0,999}"/y;
const SINGLE_QUOTED = /'(?:[^'\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]|''){0,999}'/y;

/* eslint-enable no-control-regex */

function take(reader: Reader, pattern: RegExp): string | undefined {
  const { text, at } = reader;
  pattern.lastIndex = at;
  if (!pattern.test(text)) return undefined;
  reader.at = pattern.lastIndex;
  return text.slice(at, reader.at);
}

function takeSign(reader: Reader, sign: string): boolean {
  const isThere = reader.text[reader.at] === sign;
  if (isThere) reader.at += 1;
  return isThere;
}

function spanFrom({ source, at }: Reader, start: number): Span {
  return { source, start, end: at };
}

const NONE = -1;

/** To the beginning of the next line with something on it. */
function nextLine(reader: Reader): void {
  while (take(reader, EMPTY_LINE) !== undefined);
  const isLast = take(reader, LAST_LINE) !== undefined;
  reader.column = isLast ? NONE : String(take(reader, BLANKS)).length;
}

/** A part that begins with this line, and ends before another. */
function partOnLines(reader: Reader, parent: number): Located {
  const { column, text, at } = reader;
  if (column <= parent) return notPlain();
  const sign = text[at];
  if (sign === '-') return listOnLines(reader, column);
  return sign === '{' || sign === '[' ? restOfLine(reader, parent) : mapOnLines(reader, column);
}

function mapOnLines(reader: Reader, column: number): Located {
  const map = newMap();
  const start = reader.at;
  do {
    const [name, key] = keyHere(reader);
    if (take(reader, COLON) === undefined) return notPlain();
    addTo(map, name, { key, part: valueOf(reader, column) });
  } while (reader.column === column && reader.text[reader.at] !== '-');
  if (reader.column > column) return notPlain();
  const { value, fields, end } = map;
  return { value, fields, span: { source: reader.source, start, end } };
}

function valueOf(reader: Reader, column: number): Located {
  const { text } = reader;
  take(reader, BLANKS);
  if (text[reader.at] !== '\n' && text[reader.at] !== '#') return restOfLine(reader, column);
  nextLine(reader);
  // the items of a list may stand right under the key
  return reader.column === column && text[reader.at] === '-'
    ? listOnLines(reader, column)
    : partOnLines(reader, column);
}

function listOnLines(reader: Reader, column: number): Located {
  const start = reader.at;
  const items: Located[] = [];
  do {
    const mark = take(reader, ITEM) ?? notPlain();
    items.push(itemHere(reader, column, column + mark.length));
  } while (reader.column === column && reader.text[reader.at] === '-');
  if (reader.column > column) return notPlain();
  const end = (items.at(-1) as Located).span.end;
  return { value: items.map(valueIn), items, span: { source: reader.source, start, end } };
}

/** The keys of a map may begin right behind the dash. */
function itemHere(reader: Reader, parent: number, column: number): Located {
  const { at } = reader;
  const isMap = (quoted(reader) ?? take(reader, KEY)) !== undefined && take(reader, COLON) !== undefined;
  reader.at = at;
  return isMap ? mapOnLines(reader, column) : restOfLine(reader, parent);
}

/** A value that begins in this line and behind which nothing else stands in its last one. */
function restOfLine(reader: Reader, parent: number): Located {
  const part = bracketed(reader, parent) ?? scalar(reader, WORD);
  if (take(reader, LINE_END) === undefined) return notPlain();
  nextLine(reader);
  return part;
}

/** @param parent the column of the map or list by lines that it stands in: its own lines are further right */
function bracketed(reader: Reader, parent: number): Located | undefined {
  const start = reader.at;
  const isMap = takeSign(reader, '{');
  if (!isMap && !takeSign(reader, '[')) return undefined;
  reader.depth += 1;
  if (reader.depth > DEEPEST) return notPlain();
  const content = isMap ? mapInBrackets(reader, parent) : listInBrackets(reader, parent);
  reader.depth -= 1;
  return { ...content, span: spanFrom(reader, start) };
}

function mapInBrackets(reader: Reader, parent: number): Omit<Located, 'span'> {
  const map = newMap();
  while (!closes(reader, '}', parent)) {
    const isQuoted = reader.text[reader.at] === '"';
    const [name, key] = keyHere(reader);
    if (take(reader, isQuoted ? COLON_BEHIND_QUOTES : COLON) === undefined) return notPlain();
    gap(reader, parent);
    addTo(map, name, { key, part: bracketed(reader, parent) ?? scalar(reader, WORD_IN_BRACKETS) });
    if (!goesOn(reader, '}', parent)) break;
  }
  return { value: map.value, fields: map.fields };
}

function listInBrackets(reader: Reader, parent: number): Omit<Located, 'span'> {
  const items: Located[] = [];
  while (!closes(reader, ']', parent)) {
    items.push(bracketed(reader, parent) ?? scalar(reader, WORD_IN_BRACKETS));
    if (!goesOn(reader, ']', parent)) break;
  }
  return { value: items.map(valueIn), items };
}

function closes(reader: Reader, bracket: string, parent: number): boolean {
  gap(reader, parent);
  return takeSign(reader, bracket);
}

/** Behind a value: whether there is another one to come. */
function goesOn(reader: Reader, bracket: string, parent: number): boolean {
  if (closes(reader, bracket, parent)) return false;
  return takeSign(reader, ',') || notPlain();
}

/** Blanks, comments and ends of lines inside of brackets. */
function gap(reader: Reader, parent: number): void {
  take(reader, BLANKS);
  if (take(reader, REST_OF_GAP) === undefined) return;
  nextLine(reader);
  if (reader.column <= parent) notPlain();
}

interface OpenMap {
  readonly value: Record<string, unknown>;
  readonly fields: Map<string, Field>;
  end: number;
}

function newMap(): OpenMap {
  return { value: {}, fields: new Map(), end: 0 };
}

function addTo(map: OpenMap, name: string, field: Field): void {
  if (map.fields.has(name) || name === '__proto__') notPlain();
  map.fields.set(name, field);
  map.value[name] = field.part.value;
  map.end = field.part.span.end;
}

function valueIn({ value }: Located): unknown {
  return value;
}

function keyHere(reader: Reader): readonly [string, Span] {
  const start = reader.at;
  const name = quoted(reader) ?? take(reader, KEY) ?? notPlain();
  if (reader.at - start > LONGEST_KEY) return notPlain();
  return [name, spanFrom(reader, start)];
}

function scalar(reader: Reader, word: RegExp): Located {
  const start = reader.at;
  const text = quoted(reader);
  const value = text ?? wordValue(take(reader, word) ?? notPlain());
  return { value, span: spanFrom(reader, start) };
}

/** Its text; undefined where there is no quote. */
function quoted(reader: Reader): string | undefined {
  const sign = reader.text[reader.at];
  if (sign === '"') {
    const text = take(reader, DOUBLE_QUOTED) ?? notPlain();
    return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
  }
  if (sign !== "'") return undefined;
  const text = take(reader, SINGLE_QUOTED) ?? notPlain();
  return text.slice(1, -1).replaceAll("''", "'");
}

const WHOLE_NUMBER = /^(?:0|[1-9][0-9]{0,14})$/;

/** What YAML 1.2 takes for another number, for a truth or for nothing (its section 10.3.2), and dots at the end of a document. */
const NO_TEXT =
  /^(?:[0-9]+|\.{3}.*|0o[0-7]+|0x[0-9a-fA-F]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|\.inf|\.nan|true|false|null)$/i;

function wordValue(word: string): string | number {
  if (WHOLE_NUMBER.test(word)) return Number(word);
  return NO_TEXT.test(word) ? notPlain() : word;
}
