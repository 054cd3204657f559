import { protocolText, toProtocol } from '../domain/protocol.ts';
import type { Arity } from './extensions.ts';
import { extensionOptions } from './extensions.ts';
import type { Options } from './option.ts';
import { indexOf } from './option.ts';
import type { Token } from './rule.ts';
import { BUILTINS, MATCHES, TARGETS } from './vocabulary.ts';
import type { Word } from './words.ts';
import { isBareName, MOST_WORDS } from './words.ts';

/** The options that belong to one `-m`, `-j` or `-g`. */
export interface Group {
  readonly head: '-m' | '-j' | '-g';
  readonly name: string;
  readonly tokens: Token[];
}

export interface Groups {
  /** The rule's own options. */
  readonly own: readonly Token[];
  readonly groups: readonly Group[];
}

/** Words that change nothing in the rule, and how many words they take: counters, and which family it is for. */
const IGNORED: ReadonlyMap<string, number> = new Map([
  ['-c', 2],
  ['--set-counters', 2],
  ['-4', 0],
  ['-6', 0],
  ['--ipv4', 0],
  ['--ipv6', 0],
]);

const HEADS: ReadonlyMap<string, Group['head']> = new Map([
  ['-m', '-m'],
  ['--match', '-m'],
  ['-j', '-j'],
  ['--jump', '-j'],
  ['-g', '-g'],
  ['--goto', '-g'],
]);

/** The words of a rule by what they belong to; undefined for words that iptables would not take. */
export function groupWords(words: readonly Word[]): Groups | undefined {
  if (words.length > MOST_WORDS) return undefined;
  const grouper = new Grouper(words);
  while (!grouper.isAtEnd) {
    if (!grouper.takeOne()) return undefined;
  }
  return grouper;
}

class Grouper implements Groups {
  readonly own: Token[] = [];
  readonly groups: Group[] = [];
  private readonly words: readonly Word[];
  private at = 0;

  constructor(words: readonly Word[]) {
    this.words = words;
  }

  get isAtEnd(): boolean {
    return this.at >= this.words.length;
  }

  /** False where the next word cannot be placed. */
  takeOne(): boolean {
    const word = this.words[this.at] as Word;
    const head = word.quoted ? undefined : HEADS.get(word.text);
    if (head !== undefined) return this.open(head);
    const ignored = word.quoted ? undefined : IGNORED.get(word.text);
    if (ignored !== undefined) {
      this.at += 1 + ignored;
      return this.at <= this.words.length;
    }
    return this.takeOption();
  }

  private open(head: Group['head']): boolean {
    const name = this.words[this.at + 1];
    this.at += 2;
    // printed without quotes, any other name would be read back as something else
    if (name === undefined || !isBareName(name.text)) return false;
    this.groups.push({ head, name: name.text, tokens: [] });
    return true;
  }

  private takeOption(): boolean {
    const start = this.at;
    const negated = isBare(this.words[this.at], '!');
    if (negated) this.at += 1;
    const word = this.words[this.at];
    if (word === undefined) return false;
    const [flag, ...assigned] = splitAssignment(word);
    const place = this.placeOf(flag);
    if (place === undefined) return false;
    this.at += 1;
    const values = [...assigned, ...this.takeValues(place.arity, assigned.length)];
    const raw = this.words.slice(start, this.at).map((part) => part.raw);
    place.tokens.push({ flag: place.flag, negated, values, raw });
    return values.length === place.arity || typeof place.arity === 'string';
  }

  private takeValues(arity: Place['arity'], taken: number): readonly Word[] {
    const isFree = typeof arity === 'string';
    const most = (arity === 'optional' ? 1 : isFree ? Infinity : arity) - taken;
    const values: Word[] = [];
    while (
      values.length < most &&
      !this.isAtEnd &&
      !(isFree && looksLikeOption(this.words[this.at] as Word))
    ) {
      values.push(this.words[this.at] as Word);
      this.at += 1;
    }
    return values;
  }

  /** The rule's own option, else of the last group that has it, else of the protocol's match, which it opens. */
  private placeOf({ text, quoted }: Word): Place | undefined {
    if (quoted || !text.startsWith('-')) return undefined;
    const own = arityIn(BUILTINS, text);
    if (own !== undefined) return { flag: text, arity: own, tokens: this.own };
    for (let at = this.groups.length - 1; at >= 0; at -= 1) {
      const group = this.groups[at] as Group;
      const arity = arityOf(group, text);
      if (arity !== undefined) return { flag: text, arity, tokens: group.tokens };
      // it may have an option of just this name
      if (group.head === '-m' && isUnknown(group)) return this.unknownPlace(text);
    }
    return this.implicitPlace(text) ?? this.abbreviatedPlace(text) ?? this.unknownPlace(text);
  }

  private implicitPlace(flag: string): Place | undefined {
    const protocol = this.own.find((token) => token.flag === '-p')?.values[0]?.text;
    const number = protocol === undefined ? undefined : toProtocol(protocol.toLowerCase());
    if (number === undefined) return undefined;
    const group: Group = { head: '-m', name: matchOfProtocol(number), tokens: [] };
    const arity = arityOf(group, flag);
    if (arity === undefined) return undefined;
    this.groups.push(group);
    return { flag, arity, tokens: group.tokens };
  }

  /** getopt takes a long option that is cut short, where one option alone begins so. */
  private abbreviatedPlace(text: string): Place | undefined {
    if (!/^--[a-z]/.test(text) || this.groups.some(isUnknown)) return undefined;
    const begun = (flags: readonly string[]): string[] => flags.filter((flag) => flag.startsWith(text));
    const found = [
      ...begun(flagsIn(BUILTINS)).map((flag) => ({ flag, arity: arityIn(BUILTINS, flag), tokens: this.own })),
      ...this.groups.flatMap((group) =>
        begun(flagsOf(group)).map((flag) => ({ flag, arity: arityOf(group, flag), tokens: group.tokens })),
      ),
    ];
    return found.length === 1 ? (found[0] as Place) : undefined;
  }

  /** An option that nobody knows belongs to the last extension that nobody knows, with what follows it. */
  private unknownPlace(flag: string): Place | undefined {
    const last = this.groups.at(-1);
    const isKnown = last === undefined || last.head === '-g' || rowOf(last) !== undefined;
    return isKnown ? undefined : { flag, arity: 'any', tokens: last.tokens };
  }
}

interface Place {
  readonly flag: string;
  readonly arity: Arity | 'any';
  readonly tokens: Token[];
}

function isBare(word: Word | undefined, text: string): boolean {
  return word !== undefined && !word.quoted && word.text === text;
}

function looksLikeOption(word: Word): boolean {
  return !word.quoted && (word.text.startsWith('-') || word.text === '!');
}

/** `--option=value` is an option and its value, whatever that looks like. */
function splitAssignment(word: Word): readonly [Word, ...Word[]] {
  const at = word.text.indexOf('=');
  if (at === -1 || word.quoted || !/^--[a-z][a-z0-9-]*=/.test(word.text)) return [word];
  const [flag, value] = [word.text.slice(0, at), word.text.slice(at + 1)];
  return [
    { text: flag, quoted: false, raw: flag },
    { text: value, quoted: false, raw: value },
  ];
}

/** The match that iptables loads by itself for an option of a protocol. */
function matchOfProtocol(protocol: number): string {
  return protocol === 58 ? 'icmp6' : protocol === 135 ? 'mh' : protocolText(protocol);
}

/** An extension that nobody knows, or a chain. */
function isUnknown(group: Group): boolean {
  return group.head !== '-g' && rowOf(group) === undefined && extensionOf(group) === undefined;
}

function extensionOf({ head, name }: Group): ReadonlyMap<string, Arity> | undefined {
  return head === '-g' ? undefined : extensionOptions(head, name);
}

function rowOf({ head, name }: Group): Options | undefined {
  const rows: Readonly<Record<string, Options>> = head === '-m' ? MATCHES : TARGETS;
  return head !== '-g' && Object.hasOwn(rows, name) ? rows[name] : undefined;
}

function arityIn(row: Options, flag: string): Arity | undefined {
  return indexOf(row).byFlag.get(flag)?.codec.words;
}

function arityOf(group: Group, flag: string): Arity | undefined {
  const row = rowOf(group);
  return row === undefined ? extensionOf(group)?.get(flag) : arityIn(row, flag);
}

function flagsIn(row: Options): string[] {
  return [...indexOf(row).byFlag.keys()];
}

function flagsOf(group: Group): string[] {
  const row = rowOf(group);
  if (row !== undefined) return flagsIn(row);
  return [...(extensionOf(group)?.keys() ?? [])];
}
