import type { Table } from '../iptables/table.ts';
import type { Layout, LaidOutTable } from './layout.ts';
import { layOut } from './layout.ts';
import type { Costs } from './layout-costs.ts';
import { MEASURED } from './layout-costs.ts';

/** What somebody asked for, and what is known of the host. */
export interface LayoutWish {
  readonly layout: Layout | 'auto';
  /** Whether it is known to have ipset, with marks in its sets. */
  readonly hasSets: boolean;
  readonly costs?: Costs;
}

/** A layout, and why it is that one where nobody asked for it. */
export interface LayoutChoice {
  readonly layout: Layout;
  readonly why: string | undefined;
}

export interface Chosen extends LaidOutTable {
  readonly choice: LayoutChoice;
}

/**
 * auto: rules as long as they cost a packet no more than two look-ups in a set, for nothing is easier to
 * read. Else the sets, or the tree where there are none, if that spares a third of the cost.
 */
export function chooseLayout(table: Table, { layout, hasSets, costs = MEASURED }: LayoutWish): Chosen {
  if (layout !== 'auto') return { ...layOut(table, layout, costs), choice: { layout, why: undefined } };
  const rules = layOut(table, 'rules', costs);
  const inARow = `${String(Math.round(rules.cost / costs.rule))} rules in a row`;
  const chosen = (laid: LaidOutTable, to: Layout, why: string): Chosen => ({
    ...laid,
    choice: { layout: to, why },
  });
  if (rules.cost <= 2 * costs.set) return chosen(rules, 'rules', `${inARow} are few`);
  const isBetter = ({ cost }: LaidOutTable): boolean => 3 * cost <= 2 * rules.cost;
  const sets = hasSets ? layOut(table, 'sets', costs) : undefined;
  if (sets !== undefined && isBetter(sets))
    return chosen(sets, 'sets', `${inARow} would be many, and this host has ipset`);
  const tree = layOut(table, 'tree', costs);
  const noSets = hasSets ? 'sets would spare few of them' : 'no ipset is known to be there';
  return isBetter(tree)
    ? chosen(tree, 'tree', `${inARow} would be many, and ${noSets}`)
    : chosen(rules, 'rules', `${inARow} are many, but neither sets nor a tree would spare a third of that`);
}
