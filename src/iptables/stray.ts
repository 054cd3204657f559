import { arg } from './build.ts';
import { matchWords } from './print-rule.ts';
import type { Match } from './rule.ts';

/** Of a packet that is left of a closed socket and, for conntrack, begins a flow or belongs to none. */
export const STRAY: readonly Match[] = [
  { kind: 'conntrack', options: { ctstate: arg(['INVALID', 'NEW']) } },
  { kind: 'owner', options: { socketExists: { negated: true, value: true } } },
];

const WORDS = STRAY.map(wordsOf);

/** What a rule for strays asks beside; undefined for all other rules. */
export function besideStray(matches: readonly Match[]): readonly Match[] | undefined {
  if (!matches.some(({ kind }) => kind === 'owner')) return undefined;
  const others = matches.filter(({ kind }) => STRAY.every((asked) => asked.kind !== kind));
  if (matches.length - others.length !== STRAY.length) return undefined;
  const isStray = WORDS.every((asked) => matches.some((match) => wordsOf(match) === asked));
  return isStray ? others : undefined;
}

function wordsOf(match: Match): string {
  return matchWords(match).join(' ');
}
