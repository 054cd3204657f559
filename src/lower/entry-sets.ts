import { addressText, cidrText } from '../domain/cidr.ts';
import { networkSet } from '../domain/network-set.ts';
import type { IpSet, SetElement } from '../host/ip-set.ts';
import { markingSet } from '../host/ip-set.ts';
import { arg } from '../iptables/build.ts';
import type { Rule } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import type { Asks, Block } from './entry-groups.ts';
import { groupsOf } from './entry-groups.ts';
import type { ChainWish, LaidOut } from './laid-out.ts';
import type { MarkingRule, Side } from './marking-rule.ts';

/**
 * Entries that differ in their networks alone become elements of one set, which one rule asks: as many rules
 * as one of the entries has, for its other networks, or its ports. Fewer entries than a look-up is worth stay
 * rules.
 */
export function setsIn(rules: readonly TableRule[], wish: ChainWish): LaidOut {
  const { firstSet, costs } = wish;
  const sets = new Map<string, IpSet>();
  let cost = 0;
  const kept = groupsOf(rules, wish).flatMap(({ kind, blocks }): readonly TableRule[] => {
    const asRules = blocks.flatMap((block) => block.rules);
    const lookups = (kind?.forms.length ?? Infinity) * costs.set;
    if (kind === undefined || asRules.length * costs.rule <= lookups) {
      cost += asRules.length * costs.rule;
      return asRules;
    }
    const name = `SAREF-SET-${String(firstSet + sets.size)}`;
    sets.set(name, markingSet(elementsOf(blocks, kind.side)));
    cost += lookups;
    return kind.forms.map((form) => lookupRule(form, name, kind.side));
  });
  return { rules: kept, chains: new Map(), sets, cost };
}

/**
 * A set prefers the most specific network, the entries the first one. They agree as soon as those networks
 * are left out that an earlier one holds, which never decide: of any two that hold an address, the narrower
 * one stands in front then.
 */
function elementsOf(blocks: readonly Block[], side: Side): SetElement[] {
  const taken = networkSet();
  return blocks.flatMap(({ rules, marking, asks }) =>
    (asks[side] as Asks).networks.flatMap((network): SetElement[] => {
      if (taken.holds(network)) return [];
      taken.add(network);
      const { mark, comment } = marking as MarkingRule;
      const entry = network.prefix === 32 ? addressText(network.address) : cidrText(network);
      return [{ entry, mark, comment, isExcluded: false, others: '', origin: rules[0]?.origin }];
    }),
  );
}

function lookupRule({ builtins, matches }: Rule, set: string, side: Side): TableRule {
  const options = { mapSet: arg({ set, directions: [side] }), mapMark: arg(true as const) };
  return tableRule({ kind: 'rule', builtins, matches, target: { kind: 'SET', options } });
}
