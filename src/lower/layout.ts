import type { IpSets } from '../host/ip-set.ts';
import type { Chain, Table, TableRule } from '../iptables/table.ts';
import { setsIn } from './entry-sets.ts';
import { treeIn } from './entry-tree.ts';
import { ENTRIES } from './frame.ts';
import type { ChainWish, LaidOut } from './laid-out.ts';
import { SHARE_OF } from './laid-out.ts';
import type { Costs } from './layout-costs.ts';
import { MEASURED } from './layout-costs.ts';
import { NO_MARK } from './marking-rule.ts';
import { NOT_ON_ITS_WAY, ONWARD, ONWARD_BY } from './onward.ts';
import { LOCAL } from './senders.ts';

/**
 * How the entries are laid out. `rules`: one after the other. `tree`: shared out to chains by the networks
 * that they are for. `sets`: those that differ in their networks alone are elements of one set of ipset.
 */
export type Layout = 'rules' | 'tree' | 'sets';

export interface LaidOutTable {
  readonly table: Table;
  readonly sets: IpSets;
  /** Of a packet's way, by the dearer of two. */
  readonly cost: number;
}

/** The chains that entries are in, and on which way packets meet them: none goes on both. */
const OF_ENTRIES = [
  { way: 'out', chain: ENTRIES, prefix: SHARE_OF.entries, guard: NO_MARK },
  { way: 'out', chain: LOCAL, prefix: SHARE_OF.local, guard: NO_MARK },
  { way: 'onward', chain: ONWARD, prefix: SHARE_OF.onward, guard: NOT_ON_ITS_WAY },
  { way: 'onward', chain: ONWARD_BY, prefix: SHARE_OF.onwardBy, guard: NO_MARK },
] as const;

/** The same marks for all packets, by chains that are laid out otherwise. */
export function layOut(table: Table, layout: Layout, costs: Costs = MEASURED): LaidOutTable {
  const chains = new Map<string, Chain>(table.chains);
  const sets = new Map<string, IpSets extends ReadonlyMap<string, infer T> ? T : never>();
  const cost = { out: 0, onward: 0 };
  for (const { way, chain, ...wish } of OF_ENTRIES) {
    const held = chains.get(chain);
    if (held === undefined) continue;
    const laid = laidOut(held.rules, layout, { ...wish, firstSet: sets.size + 1, costs });
    chains.set(chain, { ...held, rules: laid.rules });
    for (const [name, rules] of laid.chains) chains.set(name, { policy: '-', rules });
    for (const [name, set] of laid.sets) sets.set(name, set);
    cost[way] += laid.cost;
  }
  return { table: { name: table.name, chains }, sets, cost: Math.max(cost.out, cost.onward) };
}

function laidOut(rules: readonly TableRule[], layout: Layout, wish: ChainWish): LaidOut {
  switch (layout) {
    case 'rules':
      return { rules, chains: new Map(), sets: new Map(), cost: rules.length * wish.costs.rule };
    case 'tree':
      return treeIn(rules, wish);
    case 'sets':
      return setsIn(rules, wish);
    /* c8 ignore next 2 */
    default:
      return layout satisfies never;
  }
}
