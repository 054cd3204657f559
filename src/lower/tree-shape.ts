import type { Cidr } from '../domain/cidr.ts';
import { commonBits, networkAt } from '../domain/cidr.ts';
import type { TableRule } from '../iptables/table.ts';
import type { Costs } from './layout-costs.ts';

/** A rule, its network, and its place among the rules. */
export interface Site {
  readonly rule: TableRule;
  readonly network: Cidr;
  readonly place: number;
}

/** How a tree grows. */
export interface Shape {
  /** By so many bits of an address a chain shares out at most. */
  readonly bits: number;
  /** So many rules need no more sharing out. */
  readonly leaf: number;
}

/** What is for addresses of one network: rules in their order, or parts whose networks have nothing in common. */
export type Tree =
  | { readonly kind: 'leaf'; readonly network: Cidr; readonly sites: readonly Site[] }
  | { readonly kind: 'fork'; readonly network: Cidr; readonly parts: readonly Tree[]; readonly size: number };

export function byAddress(sites: readonly Site[]): Site[] {
  return sites.toSorted(
    (one, other) => one.network.address - other.network.address || one.place - other.place,
  );
}

/**
 * @param sites by address
 * @param narrow all networks have at least this prefix, and no part has a longer one
 */
export function growTree(sites: readonly Site[], narrow: number, { bits, leaf }: Shape): Tree {
  const [first, last] = [sites[0], sites.at(-1)].map((site) => (site as Site).network.address) as [
    number,
    number,
  ];
  const common = Math.min(commonBits(first, last), narrow);
  const network = networkAt(first, common);
  if (sites.length <= leaf || common === narrow) return { kind: 'leaf', network, sites };
  const prefix = Math.min(common + bits, narrow);
  const parts: Tree[] = [];
  for (let from = 0; from < sites.length;) {
    const to = endOf(sites, from, prefix);
    parts.push(growTree(sites.slice(from, to), narrow, { bits, leaf }));
    from = to;
  }
  return { kind: 'fork', network, parts, size: sites.length };
}

function endOf(sites: readonly Site[], from: number, prefix: number): number {
  const start = (sites[from] as Site).network.address;
  const isInside = (site: Site | undefined): boolean =>
    site !== undefined && commonBits(start, site.network.address) >= prefix;
  let [inside, outside] = [from, sites.length];
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2);
    if (isInside(sites[middle])) inside = middle;
    else outside = middle;
  }
  return outside;
}

function sizeOf(tree: Tree): number {
  return tree.kind === 'leaf' ? tree.sites.length : tree.size;
}

/** A chain for one rule would be a rule to get there, and one to meet. */
export function isSingle(tree: Tree): tree is Extract<Tree, { kind: 'leaf' }> {
  return tree.kind === 'leaf' && tree.sites.length === 1;
}

/** How much a packet pays on its way through, for one rule like for any other, and how many chains there are. */
export function priceOf(tree: Tree, costs: Costs): { readonly cost: number; readonly chains: number } {
  if (tree.kind === 'leaf') return { cost: tree.sites.length * costs.rule, chains: 1 };
  let [sum, chains] = [0, 1];
  tree.parts.forEach((part, at) => {
    const before = (at + 1) * costs.rule;
    const below = isSingle(part) ? { cost: 0, chains: 0 } : priceOf(part, costs);
    const jump = isSingle(part) ? 0 : costs.jump;
    sum += sizeOf(part) * (before + jump + below.cost);
    chains += below.chains;
  });
  return { cost: sum / tree.size, chains };
}
