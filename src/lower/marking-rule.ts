import { cidrOf } from '../domain/address.ts';
import type { Cidr } from '../domain/cidr.ts';
import type { Mark } from '../domain/mark.ts';
import { UNMARKED } from '../domain/mark.ts';
import type { Match, Rule } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';

export type Side = 'src' | 'dst';

/** A rule that gives a mark to packets that have none yet: of several in a row the first one decides. */
export interface MarkingRule {
  readonly rule: Rule;
  readonly mark: Mark;
  readonly comment: string | undefined;
}

/** Undefined for all other rules. */
export function markingRule({ rule }: TableRule): MarkingRule | undefined {
  if (rule.kind !== 'rule' || rule.target?.kind !== 'MARK' || !rule.matches.some(isGuard)) return undefined;
  const mark = rule.target.options.setXmark?.value;
  const comment = rule.matches.find((match) => match.kind === 'comment')?.options.comment?.value;
  return mark === undefined ? undefined : { rule, mark, comment };
}

/** Whether it is for packets alone that have no mark yet. */
export function isGuard(match: Match): boolean {
  const mark = match.kind === 'mark' ? match.options.mark : undefined;
  return mark?.negated === false && mark.value.value === UNMARKED.value && mark.value.mask === UNMARKED.mask;
}

/** Undefined where a rule is for every address of a side, or for what is no network of IPv4. */
export function networkOf({ builtins }: Rule, side: Side): Cidr | undefined {
  const asked = builtins[side];
  return asked === undefined || asked.negated ? undefined : cidrOf(asked.value);
}
