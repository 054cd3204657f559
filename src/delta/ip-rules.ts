import type { IpRule } from '../host/ip-rule.ts';
import { sameIpRule } from '../host/ip-rule.ts';
import type { Change, Phases } from './change.ts';
import type { Step } from './step.ts';

/**
 * Rules of one priority are used in the order in which they were added, so one that stands too early
 * is deleted and added again. The one to stand in front is added before that: in between both are there.
 */
export function ipRuleSteps({ live, target, ours }: Change): Phases {
  const has = (rules: readonly IpRule[], rule: IpRule): boolean =>
    rules.some((other) => sameIpRule(other, rule));
  const wanted = ours.ipRules.filter((rule) => has(target.ipRules, rule));
  const unwanted = ours.ipRules.filter((rule) => !has(target.ipRules, rule) && has(live.ipRules, rule));
  const priorities = new Set(wanted.map(({ priority }) => priority));
  return {
    before: [...priorities].flatMap((priority) => {
      const inOrder = wanted.filter((rule) => rule.priority === priority);
      const standing = live.ipRules.filter((rule) => has(inOrder, rule));
      // old kernels take a rule twice, and delete the first that matches
      const comesAgain = (rule: IpRule, index: number): boolean => has(standing.slice(index + 1), rule);
      const copies = standing.filter((rule, index) => comesAgain(rule, index));
      const once = standing.filter((rule, index) => !comesAgain(rule, index));
      return [...copies.map((rule) => step('del', rule)), ...orderSteps(inOrder, once)];
    }),
    after: unwanted.toReversed().map((rule) => step('del', rule)),
  };
}

/** What brings `standing`, some of `inOrder` in any order, to `inOrder`. */
function orderSteps(inOrder: readonly IpRule[], standing: readonly IpRule[]): Step[] {
  const steps: Step[] = [];
  let last = -1;
  for (const rule of inOrder) {
    const at = standing.findIndex((other) => sameIpRule(other, rule));
    if (at > last && steps.length === 0) {
      last = at;
    } else {
      if (at !== -1) steps.push(step('del', rule));
      steps.push(step('add', rule));
    }
  }
  return steps;
}

function step(verb: 'add' | 'del', { priority, words }: IpRule): Step {
  return { tool: 'ip', args: ['rule', verb, 'priority', String(priority), ...words.split(' ')] };
}
