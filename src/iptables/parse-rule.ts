import { bareName } from './codecs.ts';
import type { AnyRule, Arg, Match, Opaque, Target } from './rule.ts';
import type { Row } from './vocabulary.ts';
import { BUILTINS, MATCHES, TARGETS } from './vocabulary.ts';
import type { Word } from './words.ts';
import { splitWords } from './words.ts';

/** The words from one `-m`, `-j` or `-g` to the next. */
interface Group {
  readonly head: '-m' | '-j' | '-g';
  readonly name: string;
  readonly row: Row;
  readonly words: Word[];
}

/** The rule's own options and its groups. */
interface Groups {
  readonly own: Word[];
  readonly groups: Group[];
}

/** A rule without its `-A CHAIN`, as saved. Total: what cannot be read becomes opaque. */
export function parseRule(text: string): AnyRule {
  const words = splitWords(text);
  const { own, groups } = groupWords(words);
  const builtins = readOptions(BUILTINS, own);
  const targets = groups.filter(({ head }) => head !== '-m');
  if (builtins === undefined || targets.length > 1 || groups.some(isUnprintable))
    return { kind: 'opaque', words: words.map(({ raw }) => raw) };
  return {
    kind: 'rule',
    builtins,
    matches: groups.filter(({ head }) => head === '-m').map(matchOf),
    target: targets.map(targetOf)[0],
  };
}

function groupWords(words: readonly Word[]): Groups {
  const own: Word[] = [];
  const groups: Group[] = [];
  let negation: Word[] = [];
  let rest = words;
  while (rest.length > 0) {
    const [word, next] = rest as readonly [Word, Word?];
    let taken = 1;
    if (negation.length === 0 && isWord(word, '!')) {
      negation = [word];
    } else if (negation.length === 0 && isHead(word) && next !== undefined) {
      groups.push({ head: word.text, name: next.text, row: rowOf(word.text, next.text), words: [] });
      taken = 2;
    } else {
      const group = groups.at(-1);
      // behind an unknown option it may be a value: `-m recent --name -p`
      const isOwn = group === undefined || (group.row !== NO_OPTIONS && isFlagOf(BUILTINS, word));
      // an option that is known takes the next word whatever it looks like: `--comment --comment`
      if (isFlagOf(isOwn ? BUILTINS : group.row, word)) taken = 2;
      (isOwn ? own : group.words).push(...negation, ...rest.slice(0, taken));
      negation = [];
    }
    rest = rest.slice(taken);
  }
  (groups.at(-1)?.words ?? own).push(...negation);
  return { own, groups };
}

/** What iptables-save never writes, and the model could not write again. */
function isUnprintable({ head, name, words }: Group): boolean {
  return bareName.read(name) === undefined || (head === '-g' && words.length > 0);
}

function isWord(word: Word, text: string): boolean {
  return !word.quoted && word.text === text;
}

function isHead(word: Word): word is Word & { readonly text: '-m' | '-j' | '-g' } {
  return ['-m', '-j', '-g'].some((head) => isWord(word, head));
}

function rowOf(head: Group['head'], name: string): Row {
  const rows: Readonly<Record<string, Row>> = { '-m': MATCHES, '-j': TARGETS, '-g': {} }[head];
  return Object.hasOwn(rows, name) ? (rows[name] as Row) : NO_OPTIONS;
}

/** Of an extension that the vocabulary lacks. */
const NO_OPTIONS: Row = {};

function isFlagOf(row: Row, word: Word): boolean {
  return Object.values(row).some(({ flag }) => isWord(word, flag));
}

function matchOf(group: Group): Match {
  const options = group.row === NO_OPTIONS ? undefined : readOptions(group.row, group.words);
  return options === undefined ? opaqueOf(group) : ({ kind: group.name, options } as Match);
}

function targetOf(group: Group): Target {
  const { head, name, row, words } = group;
  if (row === NO_OPTIONS && words.length === 0) return { kind: head === '-g' ? 'goto' : 'jump', chain: name };
  const options = row === NO_OPTIONS ? undefined : readOptions(row, words);
  const isNegated = Object.values(options ?? {}).some((arg) => arg.negated);
  return options === undefined || isNegated ? opaqueOf(group) : ({ kind: name, options } as Target);
}

function opaqueOf({ name, words }: Group): Opaque {
  return { kind: 'opaque', name, words: words.map(({ raw }) => raw) };
}

/** Undefined unless all of the words are options of the row, each once and with a value that it takes. */
function readOptions(row: Row, words: readonly Word[]): Record<string, Arg<unknown>> | undefined {
  const options: Record<string, Arg<unknown>> = {};
  let rest = words;
  while (rest.length > 0) {
    const negated = isWord(rest[0] as Word, '!');
    const [flag, value] = negated ? rest.slice(1) : rest;
    const [key, option] =
      Object.entries(row).find(([, one]) => flag !== undefined && isWord(flag, one.flag)) ?? [];
    const read = value === undefined ? undefined : option?.codec.read(value.text);
    if (key === undefined || read === undefined || Object.hasOwn(options, key)) return undefined;
    options[key] = { negated, value: read };
    rest = rest.slice(negated ? 3 : 2);
  }
  return options;
}
