import { canonicalRule, canonicalText, isCanonical } from '../iptables/compare.ts';
import type { TableRule } from '../iptables/table.ts';

/** A rule, or the text of one. */
type RuleOrText = Pick<TableRule, 'text'> & Partial<Pick<TableRule, 'rule'>>;

const KEYS = new WeakMap<RuleOrText, string>();

/** The one text for all spellings of a rule. Found once for each: it is compared with many. */
export function keyOf(one: RuleOrText): string {
  const known = KEYS.get(one);
  if (known !== undefined) return known;
  const key = canonicalOf(one);
  KEYS.set(one, key);
  return key;
}

function canonicalOf({ rule, text }: RuleOrText): string {
  if (rule === undefined) return canonicalRule(text);
  return isCanonical(rule) ? text : canonicalText(rule);
}

/** Whether the kernel stores the two rules as one. */
export function isSameRule(one: RuleOrText, other: RuleOrText): boolean {
  return one.text === other.text || keyOf(one) === keyOf(other);
}

export function isAmong(rule: TableRule, rules: readonly TableRule[]): boolean {
  return rules.some((other) => isSameRule(other, rule));
}
