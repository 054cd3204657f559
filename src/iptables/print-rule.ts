import type { AnyRule, Arg, Match, Target } from './rule.ts';
import type { Row } from './vocabulary.ts';
import { BUILTINS, MATCHES, TARGETS } from './vocabulary.ts';

/** A rule without its `-A CHAIN`, as iptables-save prints it. */
export function printRule(rule: AnyRule): string {
  if (rule.kind === 'opaque') return rule.words.join(' ');
  const target = rule.target === undefined ? [] : targetWords(rule.target);
  return [...optionWords(BUILTINS, rule.builtins), ...rule.matches.flatMap(matchWords), ...target].join(' ');
}

function matchWords(match: Match): string[] {
  if (match.kind === 'opaque') return ['-m', match.name, ...match.words];
  return ['-m', match.kind, ...optionWords(MATCHES[match.kind], match.options)];
}

function targetWords(target: Target): string[] {
  switch (target.kind) {
    case 'jump':
      return ['-j', target.chain];
    case 'goto':
      return ['-g', target.chain];
    case 'opaque':
      return ['-j', target.name, ...target.words];
    default:
      return ['-j', target.kind, ...optionWords(TARGETS[target.kind], target.options)];
  }
}

function optionWords(row: Row, options: Readonly<Record<string, Arg<unknown> | undefined>>): string[] {
  return Object.entries(row).flatMap(([key, { flag, codec }]) => {
    const arg = options[key];
    return arg === undefined ? [] : [...(arg.negated ? ['!'] : []), flag, codec.print(arg.value)];
  });
}
