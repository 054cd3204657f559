import { cidrOf, maskedOf } from '../domain/address.ts';
import { commentOf } from '../domain/conn-name.ts';
import { SAREF_FLAG } from '../domain/mark.ts';
import type { Mapping } from '../domain/selector-text.ts';
import { arg, commented, jumpTo, marked, rule } from '../iptables/build.ts';
import type { Chain, Table, TableRule } from '../iptables/table.ts';
import { emptyTable, tableRule } from '../iptables/table.ts';
import type { Alias } from '../plan/aliases.ts';
import { aliasesOf } from '../plan/aliases.ts';
import type { MarkPlan } from '../plan/plan.ts';

const ALIAS = 'SAREF-ALIAS';

const TO_ALIAS = tableRule(rule([], jumpTo(ALIAS)));

/**
 * The nat table: sends packets to an alias to the network that it stands for. With no rule at all it gives a
 * second flow of the same addresses and ports another source port, so that the answers to two clients are
 * two flows: but it has to be there, and with nf_tables a chain of it.
 */
export function lowerNat(plan: MarkPlan): Table {
  const aliases = aliasesOf(plan);
  if (plan.inbound === undefined && aliases.length === 0) return emptyTable('nat');
  const hook: Chain = { policy: 'ACCEPT', rules: [TO_ALIAS] };
  return {
    name: 'nat',
    chains: new Map<string, Chain>([
      ['PREROUTING', hook],
      ['OUTPUT', hook],
      [ALIAS, { policy: '-', rules: aliases.map((alias) => mapping(plan.interface, alias)) }],
    ]),
  };
}

/**
 * An empty chain of mangle, beside rules that aliases serve: it says that there is something of ours in nat.
 * To look there without need would make the table, with the legacy back end.
 */
export function withAliasSign({ name, chains }: Table, plan: MarkPlan): Table {
  if (aliasesOf(plan).length === 0) return { name, chains };
  return { name, chains: new Map([...chains, [ALIAS, { policy: '-', rules: [] }]]) };
}

/**
 * Of marked packets alone: others would leave in clear for the real network. What mast has just
 * decapsulated is marked, too, and leaves in clear.
 */
function mapping(mast: string, { conn, alias, real, origin }: Alias): TableRule {
  const target = { kind: 'NETMAP', options: { to: arg(maskedOf(real)) } } as const;
  const matches = [marked(SAREF_FLAG), commented(commentOf(conn))];
  const ends = { dst: arg(maskedOf(alias)), inInterface: { negated: true, value: mast } };
  return tableRule(rule(matches, target, ends), origin);
}

/** What the rules of a host map marked packets to, in their order. */
export function liftAliases({ chains }: Table): Mapping[] {
  return (chains.get(ALIAS)?.rules ?? []).flatMap(({ rule: read }) => {
    if (read.kind !== 'rule' || read.target?.kind !== 'NETMAP') return [];
    const [alias, real] = [read.builtins.dst, read.target.options.to].map(
      (side) => side && cidrOf(side.value),
    );
    return alias === undefined || real === undefined ? [] : [{ alias, real }];
  });
}
