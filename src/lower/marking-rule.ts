import { cidrOf } from '../domain/address.ts';
import type { Cidr } from '../domain/cidr.ts';
import type { Mark } from '../domain/mark.ts';
import { UNMARKED } from '../domain/mark.ts';
import { arg } from '../iptables/build.ts';
import type { Arg } from '../iptables/option.ts';
import type { Match, Rule } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';

export type Side = 'src' | 'dst';

/** A rule that gives a mark to packets that are undecided: of several in a row the first one decides. */
export interface MarkingRule {
  readonly rule: Rule;
  readonly mark: Mark;
  readonly comment: string | undefined;
}

/** Undefined for all other rules. */
export function markingRule({ rule }: TableRule, guard: Arg<Mark>): MarkingRule | undefined {
  if (rule.kind !== 'rule' || rule.target?.kind !== 'MARK') return undefined;
  if (!rule.matches.some((match) => asks(match, guard))) return undefined;
  const mark = rule.target.options.setXmark?.value;
  const comment = rule.matches.find((match) => match.kind === 'comment')?.options.comment?.value;
  return mark === undefined ? undefined : { rule, mark, comment };
}

/** Of packets that are undecided: in most chains, those that have no mark. */
export const NO_MARK: Arg<Mark> = arg(UNMARKED);

/** Whether it is for packets alone that have no mark yet. */
export function isGuard(match: Match): boolean {
  return asks(match, NO_MARK);
}

export function asks(match: Match, guard: Arg<Mark>): boolean {
  const asked = match.kind === 'mark' ? match.options.mark : undefined;
  return (
    asked?.negated === guard.negated &&
    asked.value.value === guard.value.value &&
    asked.value.mask === guard.value.mask
  );
}

/** Undefined where a rule is for every address of a side, or for what is no network of IPv4. */
export function networkOf({ builtins }: Rule, side: Side): Cidr | undefined {
  const asked = builtins[side];
  return asked === undefined || asked.negated ? undefined : cidrOf(asked.value);
}
