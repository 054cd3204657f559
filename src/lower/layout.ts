import { UNMARKED } from '../domain/mark.ts';
import type { IpSets } from '../host/ip-set.ts';
import { arg } from '../iptables/build.ts';
import type { Chain, Table, TableRule } from '../iptables/table.ts';
import { setsIn } from './entry-sets.ts';
import { treeIn } from './entry-tree.ts';
import { ENTRIES } from './frame.ts';
import type { ChainWish, LaidOut } from './laid-out.ts';
import { SHARE_OF } from './laid-out.ts';
import type { Costs } from './layout-costs.ts';
import { MEASURED } from './layout-costs.ts';
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
  readonly cost: number;
}

/** The chains that entries are in. */
const OF_ENTRIES = [
  { chain: ENTRIES, prefix: SHARE_OF.entries, guard: arg(UNMARKED) },
  { chain: LOCAL, prefix: SHARE_OF.local, guard: arg(UNMARKED) },
  { chain: ONWARD, prefix: SHARE_OF.onward, guard: NOT_ON_ITS_WAY },
  { chain: ONWARD_BY, prefix: SHARE_OF.onwardBy, guard: arg(UNMARKED) },
] as const;

/** The same marks for all packets, by chains that are laid out otherwise. */
export function layOut(table: Table, layout: Layout, costs: Costs = MEASURED): LaidOutTable {
  const chains = new Map<string, Chain>(table.chains);
  const sets = new Map<string, IpSets extends ReadonlyMap<string, infer T> ? T : never>();
  let cost = 0;
  for (const { chain, ...wish } of OF_ENTRIES) {
    const held = chains.get(chain);
    if (held === undefined) continue;
    const laid = laidOut(held.rules, layout, { ...wish, firstSet: sets.size + 1, costs });
    chains.set(chain, { ...held, rules: laid.rules });
    for (const [name, rules] of laid.chains) chains.set(name, { policy: '-', rules });
    for (const [name, set] of laid.sets) sets.set(name, set);
    cost += laid.cost;
  }
  return { table: { name: table.name, chains }, sets, cost };
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
