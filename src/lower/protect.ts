import { maskedOf } from '../domain/address.ts';
import { arg, jumpTo, RETURN, rule } from '../iptables/build.ts';
import type { Rule, Target } from '../iptables/rule.ts';
import type { Chain, Table, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { protectedNetworks } from '../plan/protected.ts';
import { ownIpsec } from './entries.ts';

const PROTECT = 'SAREF-PROTECT';

const DROP: Target = { kind: 'DROP', options: {} };

/**
 * Whatever is for a protected network and leaves by another device than mast is dropped, made here or
 * forwarded, whatever its mark: one that mast has just decapsulated carries bit 31, too. By the device and
 * not by the mark, so that it holds for marked packets as well that have lost their way.
 */
export function withProtection({ name, chains }: Table, plan: MarkPlan): Table {
  if (protectedNetworks(plan).length === 0) return { name, chains };
  const jump = rule([], jumpTo(PROTECT), { outInterface: { negated: true, value: plan.interface } });
  return {
    name,
    chains: new Map<string, Chain>([
      ...chains,
      ['POSTROUTING', { policy: 'ACCEPT', rules: [tableRule(jump)] }],
      [PROTECT, { policy: '-', rules: protectionRules(plan) }],
    ]),
  };
}

/** What carries the tunnels may go to a peer in such a network, and the host speaks to itself by lo. */
function protectionRules(plan: MarkPlan): TableRule[] {
  const free: Rule[] = [
    rule([], RETURN, { outInterface: arg('lo') }),
    ...ownIpsec(plan),
    ...plan.unprotected.map((network) => rule([], RETURN, { dst: arg(maskedOf(network)) })),
  ];
  return [
    ...free.map((one) => tableRule(one)),
    ...protectedNetworks(plan).map(({ network, origin }) =>
      tableRule(rule([], DROP, { dst: arg(maskedOf(network)) }), origin),
    ),
  ];
}
