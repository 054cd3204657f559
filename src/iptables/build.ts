import type { Mark } from '../domain/mark.ts';
import type { Arg } from './option.ts';
import type { Match, Rule, Target } from './rule.ts';

/** Rules from their parts: the phrases that generated rules are made of. */
export function arg<T>(value: T): Arg<T> {
  return { negated: false, value };
}

export function rule(matches: readonly Match[], target: Target, builtins: Rule['builtins'] = {}): Rule {
  return { kind: 'rule', builtins, matches, target };
}

export function marked(mark: Mark): Match {
  return asksMark(arg(mark));
}

/** With `!` or without. */
export function asksMark(mark: Arg<Mark>): Match {
  return { kind: 'mark', options: { mark } };
}

export function commented(comment: string): Match {
  return { kind: 'comment', options: { comment: arg(comment) } };
}

export const FROM_THIS_HOST: Match = { kind: 'addrtype', options: { srcType: arg(['LOCAL']) } };
export const TO_THIS_HOST: Match = { kind: 'addrtype', options: { dstType: arg(['LOCAL']) } };

/** Of a packet that goes the way of its flow's first one. */
export const FIRST_DIRECTION: Match = { kind: 'conntrack', options: { ctdir: arg('ORIGINAL') } };

/** Of one that goes the other way. */
export const REPLY_DIRECTION: Match = { kind: 'conntrack', options: { ctdir: arg('REPLY') } };

export const RETURN: Target = { kind: 'RETURN', options: {} };

export function jumpTo(chain: string): Target {
  return { kind: 'jump', chain };
}
