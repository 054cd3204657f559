import { jumpTo, rule } from '../iptables/build.ts';
import type { Chain, Table } from '../iptables/table.ts';
import { emptyTable, tableRule } from '../iptables/table.ts';
import type { MarkPlan } from '../plan/plan.ts';

const ALIAS = 'SAREF-ALIAS';

const TO_ALIAS = tableRule(rule([], jumpTo(ALIAS)));

/**
 * The nat table. With no rule at all it gives a second flow of the same addresses and ports another
 * source port, so that the answers to two clients are two flows: but it has to be there, and with
 * nf_tables a chain of it.
 */
export function lowerNat({ inbound }: MarkPlan): Table {
  if (inbound === undefined) return emptyTable('nat');
  const hook: Chain = { policy: 'ACCEPT', rules: [TO_ALIAS] };
  return {
    name: 'nat',
    chains: new Map<string, Chain>([
      ['PREROUTING', hook],
      ['OUTPUT', hook],
      [ALIAS, { policy: '-', rules: [] }],
    ]),
  };
}
