import { parseRule } from './parse-rule.ts';
import { printRule } from './print-rule.ts';

/** Whether two rule texts, without their `-A CHAIN`, are one stored rule: equal but for blanks and quoting. */
export function sameRule(one: string, other: string): boolean {
  return one === other || printRule(parseRule(one)) === printRule(parseRule(other));
}
