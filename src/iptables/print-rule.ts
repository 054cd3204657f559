import type { Options, ReadOptions } from './option.ts';
import { indexOf } from './option.ts';
import type { AnyRule, Match, Opaque, Rule, Target } from './rule.ts';
import { BUILTINS, MATCHES, TARGETS } from './vocabulary.ts';

/** A rule without its `-A CHAIN`: as it was spelled where that is known, else as iptables-save prints it. */
export function printRule(rule: AnyRule): string {
  if (rule.kind === 'opaque') return rule.text;
  return rule.spelling ?? printPlain(rule);
}

/** As iptables-save of today prints it, however it was spelled. */
export function printPlain({ builtins, matches, target }: Rule): string {
  const targetText = target === undefined ? [] : targetWords(target);
  return [...optionWords(BUILTINS, builtins), ...matches.flatMap(matchWords), ...targetText].join(' ');
}

export function matchWords(match: Match): string[] {
  if (match.kind === 'opaque') return ['-m', match.name, ...rawWords(match)];
  return ['-m', match.kind, ...optionWords(MATCHES[match.kind], match.options)];
}

function rawWords({ tokens }: Opaque): string[] {
  return tokens.flatMap(({ raw }) => raw);
}

function targetWords(target: Target): string[] {
  switch (target.kind) {
    case 'jump':
      return ['-j', target.chain];
    case 'goto':
      return ['-g', target.chain];
    case 'opaque':
      return ['-j', target.name, ...rawWords(target)];
    default:
      return ['-j', target.kind, ...optionWords(TARGETS[target.kind], target.options)];
  }
}

function optionWords(row: Options, options: ReadOptions | Rule['builtins']): string[] {
  const read = options as ReadOptions;
  const words: string[] = [];
  for (const { key, flag, codec } of indexOf(row).inOrder) {
    const arg = read[key];
    if (arg !== undefined) {
      if (arg.negated) words.push('!');
      words.push(flag);
      if (codec.words > 0) words.push(codec.print(arg.value));
    }
  }
  return words;
}
