import assert from 'node:assert/strict';
import { ipRuleSteps } from '../../../src/delta/ip-rules.ts';
import type { Step } from '../../../src/delta/step.ts';
import type { IpRule } from '../../../src/host/ip-rule.ts';
import { sameIpRule } from '../../../src/host/ip-rule.ts';
import type { HostState } from '../../../src/host/state.ts';
import { hostOf } from '../../support/hosts.ts';
import { printSteps } from '../../support/steps.ts';

const MAIN = { priority: 32763, words: 'from all iif mast0 lookup main' };
const LOOKUP = { priority: 32765, words: 'from all fwmark 0x80000000/0x80000000 lookup 50' };
const REFUSE = { priority: 32765, words: 'from all fwmark 0x80000000/0x80000000 unreachable' };
const OURS = [MAIN, LOOKUP, REFUSE];
const FOREIGN = { priority: 32765, words: 'from all fwmark 0x7 lookup 99' };

function withRules(ipRules: readonly IpRule[]): HostState {
  return { ...hostOf(), ipRules };
}

function applying(live: readonly IpRule[]): readonly Step[] {
  const ours = withRules(OURS);
  const { before, after } = ipRuleSteps({ live: withRules(live), target: ours, ours });
  assert.deepEqual(after, []);
  return before;
}

/** What the kernel makes of a step: a rule is added behind all of its priority (fib_nl_newrule in net/core/fib_rules.c). */
function run(rules: readonly IpRule[], step: Step): IpRule[] {
  assert.ok(step.tool === 'ip');
  const [, verb, , priority, ...words] = step.args;
  const rule = { priority: Number(priority), words: words.join(' ') };
  if (verb === 'add') {
    const behind = rules.filter((other) => other.priority > rule.priority);
    return [...rules.filter((other) => !behind.includes(other)), rule, ...behind];
  }
  const at = rules.findIndex((other) => sameIpRule(other, rule));
  assert.notEqual(at, -1, `no rule to delete: ${step.args.join(' ')}`);
  return rules.filter((_, index) => index !== at);
}

/** Every order of every part of some items. */
function arrangements<T>(items: readonly T[]): T[][] {
  const longer = items.flatMap((item) =>
    arrangements(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
  return [[], ...longer];
}

describe('ipRuleSteps', () => {
  it('adds all rules in their order', () => {
    assert.equal(
      printSteps(applying([])),
      OURS.map(({ priority, words }) => `ip rule add priority ${String(priority)} ${words}\n`).join(''),
    );
  });

  it('has nothing to do where all stand in order', () => {
    assert.deepEqual(applying(OURS), []);
    assert.deepEqual(applying([MAIN, FOREIGN, LOOKUP, FOREIGN, REFUSE]), []);
  });

  it('moves the rule that stands too early, and no other', () => {
    const { words } = REFUSE;
    assert.equal(
      printSteps(applying([MAIN, REFUSE, LOOKUP])),
      `ip rule del priority 32765 ${words}\nip rule add priority 32765 ${words}\n`,
    );
  });

  it('adds the rule to stand in front before it moves the one behind', () => {
    const verbs = applying([MAIN, REFUSE]).map((step) => (step.tool === 'ip' ? step.args[1] : ''));
    assert.deepEqual(verbs, ['add', 'del', 'add']);
  });

  for (const live of arrangements([MAIN, LOOKUP, REFUSE, FOREIGN])) {
    // the kernel keeps rules by priority
    const sorted = [...live].sort((one, other) => one.priority - other.priority);
    if (sorted.every((rule, index) => rule === live[index])) {
      const names = live.map(({ words }) => words.replace(/^from all (fwmark \S+ )?/, ''));
      it(`puts right: ${names.join(', ') || 'nothing'}`, () => {
        let rules: readonly IpRule[] = live;
        const guards = [LOOKUP, REFUSE].filter((rule) => live.includes(rule));
        for (const step of applying(live)) {
          rules = run(rules, step);
          // marked packets never see both of the rules gone that they had
          const isGuarded = rules.some((rule) => [LOOKUP, REFUSE].some((guard) => sameIpRule(guard, rule)));
          assert.ok(guards.length === 0 || isGuarded);
        }
        assert.deepEqual(
          rules.filter((rule) => rule !== FOREIGN),
          OURS,
        );
        assert.equal(rules.includes(FOREIGN), live.includes(FOREIGN));
      });
    }
  }

  it('deletes what is there twice, in whatever order', () => {
    for (const live of [
      [MAIN, LOOKUP, LOOKUP, REFUSE],
      [MAIN, MAIN, REFUSE, LOOKUP, REFUSE],
      [MAIN, LOOKUP, REFUSE, LOOKUP],
    ])
      assert.deepEqual(applying(live).reduce<readonly IpRule[]>(run, live), OURS);
  });

  it('takes away last what is not wanted any more, the last one first', () => {
    const live = withRules([MAIN, LOOKUP, REFUSE, FOREIGN]);
    const { before, after } = ipRuleSteps({ live, target: withRules([MAIN]), ours: withRules(OURS) });
    assert.deepEqual(before, []);
    assert.equal(
      printSteps(after),
      `ip rule del priority 32765 ${REFUSE.words}\nip rule del priority 32765 ${LOOKUP.words}\n`,
    );
  });

  it('neither takes away nor brings back what is not ours', () => {
    const ours = withRules(OURS);
    const none = { before: [], after: [] };
    assert.deepEqual(ipRuleSteps({ live: withRules([FOREIGN]), target: withRules([]), ours }), none);
    assert.deepEqual(ipRuleSteps({ live: withRules([]), target: withRules([FOREIGN]), ours }), none);
  });
});
