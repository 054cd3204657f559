import type { Span } from '../diagnostics/source.ts';
import { parseRule } from './parse-rule.ts';
import type { Word } from './words.ts';
import { endsInQuote, MOST_WORDS, splitWords } from './words.ts';

/** One line of a restore script, and the place in the policy that causes it. */
export interface RestoreLine {
  readonly text: string;
  readonly origin?: Span | undefined;
}

/** A line that iptables-restore would refuse, cut off silently, or read as another one. */
export class UnwritableLine extends Error {
  readonly text: string;

  constructor(text: string, why: string) {
    super(`${why}: ${text}`);
    this.text = text;
  }
}

/** In bytes; see iptables/xshared.h, include/xtables.h and linux/netfilter/xt_comment.h. */
const LONGEST = { line: 10_239, word: 1023, chain: 28, comment: 255, interface: 15 };

/**
 * For `iptables-restore --noflush`: all of it or nothing, for one table.
 *
 * @throws UnwritableLine
 */
export function printRestore(table: string, lines: readonly RestoreLine[]): string {
  for (const { text } of lines) {
    const why = problemOf(text);
    if (why !== undefined) throw new UnwritableLine(text, why);
  }
  return [`*${table}`, ...lines.map(({ text }) => text), 'COMMIT', ''].join('\n');
}

/** Creates the chain, or empties it where it is. */
export function declareChain(chain: string): string {
  return `:${chain} - [0:0]`;
}

function problemOf(line: string): string | undefined {
  if (/[\0\r\n]/.test(line)) return 'has a newline or a NUL';
  if (line === '' || line.startsWith('#')) return 'is no command';
  // with its newline
  if (line.length + 1 > LONGEST.line) return `is longer than ${String(LONGEST.line)} bytes`;
  if (endsInQuote(line)) return 'has a quote that nothing closes';
  const words = splitWords(line);
  if (words.length > MOST_WORDS) return `has more than ${String(MOST_WORDS)} words`;
  if (words.some(({ text }) => text.length > LONGEST.word))
    return `has a word over ${String(LONGEST.word)} bytes`;
  if (line.startsWith(':')) return chainProblem(line.slice(1).split(' ', 1).join());
  return commandProblem(line, UNUSUAL.test(line) || words.some(mayBeTooLong));
}

/** A quote, or a target that is no name of a chain. */
const UNUSUAL = /"| -(?:[jg]|-jump|-goto) +[-!]/;

/** What these take has no limit here. */
const WITHOUT_LIMIT = new Set(['-s', '-d', '--mark', '--set-xmark']);

/**
 * The shortest of the limits is that of an interface: where no word is longer, no rule has to be read. In
 * front of the rule stand the command and its chain.
 */
function mayBeTooLong({ text }: Word, index: number, words: readonly Word[]): boolean {
  return index > 1 && text.length > LONGEST.interface && !WITHOUT_LIMIT.has((words[index - 1] as Word).text);
}

function chainProblem(chain: string): string | undefined {
  if (chain.length > LONGEST.chain) return `has a chain of more than ${String(LONGEST.chain)} bytes`;
  return chain === '' || /^[-!]|["\s]/.test(chain) ? 'has no name of a chain' : undefined;
}

function commandProblem(line: string, isDoubtful: boolean): string | undefined {
  const [command, chain, ...rest] = line.split(' ');
  if (command === undefined || !/^-[ADIRXFN]$/.test(command) || chain === undefined) return 'is no command';
  const number = /^[0-9]+$/.test(rest[0] ?? '') ? 1 : 0;
  return chainProblem(chain) ?? (isDoubtful ? ruleProblem(rest.slice(number).join(' ')) : undefined);
}

function ruleProblem(text: string): string | undefined {
  const rule = parseRule(text);
  if (rule.kind === 'opaque') return commentProblem(valuesOf(text, '--comment'));
  const { inInterface, outInterface } = rule.builtins;
  const names = [inInterface?.value ?? '', outInterface?.value ?? ''];
  if (names.some((name) => name.length > LONGEST.interface))
    return 'has the name of an interface of more than 15 bytes';
  const comments = rule.matches.flatMap((match) =>
    match.kind === 'comment' ? [match.options.comment?.value ?? ''] : [],
  );
  const { target } = rule;
  const isJump = target?.kind === 'jump' || target?.kind === 'goto';
  return commentProblem(comments) ?? (isJump ? chainProblem(target.chain) : undefined);
}

function commentProblem(comments: readonly string[]): string | undefined {
  const isTooLong = comments.some((comment) => comment.length > LONGEST.comment);
  return isTooLong ? 'has a comment of more than 255 bytes' : undefined;
}

/** The words behind each such flag. */
function valuesOf(text: string, flag: string): string[] {
  const words = splitWords(text).map((word) => word.text);
  return words.filter((_, index) => words[index - 1] === flag);
}
