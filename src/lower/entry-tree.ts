import { maskedOf } from '../domain/address.ts';
import { cidrText, EVERYWHERE } from '../domain/cidr.ts';
import type { NetworkSet } from '../domain/network-set.ts';
import { networkSet } from '../domain/network-set.ts';
import { arg, asksMark, jumpTo, rule } from '../iptables/build.ts';
import type { TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import type { Costs } from './layout-costs.ts';
import type { ChainWish, LaidOut } from './laid-out.ts';
import type { Side } from './marking-rule.ts';
import { markingRule, networkOf } from './marking-rule.ts';
import type { Shape, Site, Tree } from './tree-shape.ts';
import { byAddress, growTree, isSingle, priceOf } from './tree-shape.ts';

/**
 * Entries shared out to chains by their networks: a chain is for one prefix, and a packet goes to the one
 * that its address is in. What is for wider networks than the chains are stays beside them, in its place.
 */
export function treeIn(rules: readonly TableRule[], wish: ChainWish): LaidOut {
  const { costs } = wish;
  const plain: Grown = {
    side: 'dst',
    stages: [{ tree: undefined, sites: [], behind: rules }],
    cost: rules.length * costs.rule,
  };
  const best = candidatesFor(rules, wish).reduce(
    (one, other) => (other.cost < one.cost ? other : one),
    plain,
  );
  return drawn(best, wish);
}

/** Narrow rules that are shared out, and behind them wide ones in their order. */
interface Stage {
  /** Undefined where there are too few of them. */
  readonly tree: Tree | undefined;
  readonly sites: readonly Site[];
  readonly behind: readonly TableRule[];
}

interface Grown {
  readonly side: Side;
  readonly stages: readonly Stage[];
  readonly cost: number;
}

const SHAPES: readonly Shape[] = [1, 2, 3, 4, 5].flatMap((bits) =>
  [2, 4, 8, 16, 32, 64].map((leaf) => ({ bits, leaf })),
);

/** Each way to share them out, by either side and by each length of a prefix, without those of too many chains. */
function candidatesFor(rules: readonly TableRule[], { costs, guard }: ChainWish): Grown[] {
  const mostChains = rules.length * costs.chainsForRule;
  return (['dst', 'src'] as const).flatMap((side) =>
    prefixesOf(rules, { side, guard }).flatMap((narrow) => {
      const stages = stagesOf(rules, { side, guard, narrow });
      return SHAPES.flatMap((shape) => {
        const { chains, ...grown } = grow(stages, { side, narrow, shape, costs });
        return chains > mostChains ? [] : [grown];
      });
    }),
  );
}

interface Asking extends Pick<ChainWish, 'guard'> {
  readonly side: Side;
}

function prefixesOf(rules: readonly TableRule[], { side, guard }: Asking): number[] {
  const prefixes = rules.flatMap((one) => {
    const marking = markingRule(one, guard);
    return (marking && networkOf(marking.rule, side)?.prefix) ?? [];
  });
  return [...new Set(prefixes)].filter((prefix) => prefix > 0);
}

interface OpenStage {
  readonly sites: Site[];
  readonly behind: TableRule[];
  /** The networks of those behind. */
  readonly wide: NetworkSet;
  /** Whether something stands behind that is no entry: nothing may pass it. */
  isClosed: boolean;
}

/**
 * A narrow rule may stand in front of a wide one that it follows when no packet matches both. Where one
 * does, another stage begins.
 */
function stagesOf(
  rules: readonly TableRule[],
  { side, guard, narrow }: Asking & Pick<Growing, 'narrow'>,
): OpenStage[] {
  const open = (): OpenStage => ({ sites: [], behind: [], wide: networkSet(), isClosed: false });
  const stages = [open()];
  rules.forEach((one, place) => {
    const marking = markingRule(one, guard);
    const network = (marking && networkOf(marking.rule, side)) ?? EVERYWHERE;
    let stage = stages.at(-1) as OpenStage;
    if (marking !== undefined && network.prefix >= narrow) {
      if (stage.wide.holds(network) || stage.isClosed) stages.push((stage = open()));
      stage.sites.push({ rule: one, network, place });
    } else {
      stage.behind.push(one);
      stage.wide.add(network);
      stage.isClosed ||= marking === undefined;
    }
  });
  return stages.map((stage) => ({ ...stage, sites: byAddress(stage.sites) }));
}

interface Growing {
  readonly side: Side;
  readonly narrow: number;
  readonly shape: Shape;
  readonly costs: Costs;
}

/** Two digits in the names of chains. */
const MOST_STAGES = 99;

function grow(
  stages: readonly OpenStage[],
  { side, narrow, shape, costs }: Growing,
): Grown & { readonly chains: number } {
  let [cost, chains] = [0, 0];
  const grown = stages.map(({ sites, behind }, at): Stage => {
    const tree = sites.length > 0 && at < MOST_STAGES ? growTree(sites, narrow, shape) : undefined;
    cost += behind.length * costs.rule;
    if (tree?.kind !== 'fork') {
      cost += sites.length * costs.rule;
      return { tree: undefined, sites, behind };
    }
    const price = priceOf(tree, costs);
    cost += costs.rule + costs.jump + price.cost;
    chains += price.chains;
    return { tree, sites, behind };
  });
  return { side, stages: grown, cost, chains };
}

function drawn({ side, stages, cost }: Grown, { prefix, guard }: ChainWish): LaidOut {
  const chains = new Map<string, readonly TableRule[]>();
  let trees = 0;
  const rules = stages.flatMap(({ tree, sites, behind }) => {
    if (tree === undefined) return [...inPlace(sites), ...behind];
    trees += 1;
    const name = `${prefix}${String(trees)}`;
    drawTree(tree, { side, name, prefix: `${name}-`, chains });
    // it may have its mark from an earlier one
    const asked = trees === 1 ? [] : [asksMark(guard)];
    return [tableRule(rule(asked, jumpTo(name))), ...behind];
  });
  return { rules, chains, sets: new Map(), cost };
}

function inPlace(sites: readonly Site[]): TableRule[] {
  return sites.toSorted((one, other) => one.place - other.place).map((site) => site.rule);
}

interface Drawing {
  readonly side: Side;
  readonly name: string;
  /** Of the names of the chains below. */
  readonly prefix: string;
  readonly chains: Map<string, readonly TableRule[]>;
}

function drawTree(tree: Tree, { name, ...drawing }: Drawing): void {
  const { side, prefix, chains } = drawing;
  if (tree.kind === 'leaf') {
    chains.set(name, inPlace(tree.sites));
    return;
  }
  const parts = tree.parts.map((part) => ({ part, chain: `${prefix}${cidrText(part.network)}` }));
  chains.set(
    name,
    parts.flatMap(({ part, chain }) =>
      isSingle(part)
        ? inPlace(part.sites)
        : [tableRule(rule([], { kind: 'goto', chain }, { [side]: arg(maskedOf(part.network)) }))],
    ),
  );
  for (const { part, chain } of parts) {
    if (!isSingle(part)) drawTree(part, { ...drawing, name: chain });
  }
}
