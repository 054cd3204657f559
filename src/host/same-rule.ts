import { sameRule } from '../iptables/compare.ts';
import type { TableRule } from '../iptables/table.ts';

const MANGLE = { family: 'ipv4', table: 'mangle' } as const;

/** Whether the mangle table stores the two rule texts as one rule. */
export function isSameRule(one: { readonly text: string }, other: { readonly text: string }): boolean {
  return sameRule(one.text, other.text, MANGLE);
}

export function isAmong(rule: TableRule, rules: readonly TableRule[]): boolean {
  return rules.some((other) => isSameRule(other, rule));
}
