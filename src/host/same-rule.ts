import { canonicalRule } from '../iptables/compare.ts';
import type { TableRule } from '../iptables/table.ts';

interface Text {
  readonly text: string;
}

const KEYS = new WeakMap<Text, string>();

/** The one text for all spellings of a rule. Found once for each: it is compared with many. */
export function keyOf(rule: Text): string {
  const known = KEYS.get(rule);
  if (known !== undefined) return known;
  const key = canonicalRule(rule.text);
  KEYS.set(rule, key);
  return key;
}

/** Whether the kernel stores the two rule texts as one rule. */
export function isSameRule(one: Text, other: Text): boolean {
  return one.text === other.text || keyOf(one) === keyOf(other);
}

export function isAmong(rule: TableRule, rules: readonly TableRule[]): boolean {
  return rules.some((other) => isSameRule(other, rule));
}
