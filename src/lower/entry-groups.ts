import type { Cidr } from '../domain/cidr.ts';
import { cidrText, EVERYWHERE } from '../domain/cidr.ts';
import type { NetworkSet } from '../domain/network-set.ts';
import { networkSet } from '../domain/network-set.ts';
import type { Rule } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';
import type { ChainWish } from './laid-out.ts';
import type { Costs } from './layout-costs.ts';
import type { MarkingRule, Side } from './marking-rule.ts';
import { markingRule, networkOf } from './marking-rule.ts';

/** Entries of one kind together, or one alone that is of none. */
export interface Group {
  readonly kind: Kind | undefined;
  readonly blocks: readonly Block[];
}

/** What entries have in common that differ in their networks of one side alone. */
interface Kind {
  readonly side: Side;
  /** Their rules without these networks. */
  readonly forms: readonly Rule[];
  /** How many rules are of this kind. */
  rules: number;
}

/** The rules of one entry, which give the same mark: their order means nothing. */
export interface Block {
  readonly rules: readonly TableRule[];
  readonly marking: MarkingRule | undefined;
  /** By each side, where a set can say that: of which kind it is, and its networks. */
  readonly asks: Readonly<Record<Side, Asks | undefined>>;
}

export interface Asks {
  readonly kind: Kind;
  readonly networks: readonly Cidr[];
}

const SIDES = ['dst', 'src'] as const;

/**
 * The entries of a chain, those of a kind together: each stands behind the others of its group, and so in
 * front of those between, if it has no address in common with them, for then no packet is for both.
 */
export function groupsOf(
  rules: readonly TableRule[],
  { guard, costs }: Pick<ChainWish, 'guard' | 'costs'>,
): Group[] {
  const groups: Group[] = [];
  let open: OpenGroup[] = [];
  for (const block of blocksOf(rules, guard)) {
    const kind = kindOf(block, costs);
    const alike = open.find((group) => group.kind === kind);
    const joined = alike !== undefined && isApart(block, alike) ? alike : undefined;
    const inFront = joined === undefined ? open : open.slice(0, open.indexOf(joined));
    for (const group of inFront) pass(block, group);
    if (joined !== undefined) {
      joined.blocks.push(block);
      continue;
    }
    const group = { kind, blocks: [block], passed: undefined };
    groups.push(group);
    if (kind !== undefined) open = [...open.filter((one) => one !== alike).slice(1 - MOST_OPEN), group];
  }
  return groups;
}

/** Whoever has more kinds of entries in turn has few of each. */
const MOST_OPEN = 16;

/** One that further entries may join. */
interface OpenGroup {
  readonly kind: Kind | undefined;
  readonly blocks: Block[];
  /** The networks of what has come to stand behind it, and in front of which an entry stands that joins it. */
  passed: Readonly<Record<Side, NetworkSet>> | undefined;
}

function pass(block: Block, group: OpenGroup): void {
  group.passed ??= { dst: networkSet(), src: networkSet() };
  for (const side of SIDES) for (const network of networksOf(block, side)) group.passed[side].add(network);
}

function isApart(block: Block, { passed }: OpenGroup): boolean {
  if (passed === undefined) return true;
  return SIDES.some((side) => networksOf(block, side).every((network) => !passed[side].touches(network)));
}

function networksOf({ rules }: Block, side: Side): Cidr[] {
  return rules.map(({ rule }) => (rule.kind === 'rule' ? networkOf(rule, side) : undefined) ?? EVERYWHERE);
}

/** Of two the one with more rules; undefined where a look-up in a set costs more than they do. */
function kindOf({ asks }: Block, { rule, set }: Costs): Kind | undefined {
  const worth = SIDES.flatMap((side) => asks[side]?.kind ?? []).filter(
    ({ rules, forms }) => rules * rule > forms.length * set,
  );
  return worth.toSorted((one, other) => other.rules - one.rules)[0];
}

function blocksOf(rules: readonly TableRule[], guard: ChainWish['guard']): Block[] {
  const blocks: { readonly rules: TableRule[]; readonly marking: MarkingRule | undefined }[] = [];
  for (const rule of rules) {
    const marking = markingRule(rule, guard);
    const last = blocks.at(-1);
    const isOfSame =
      marking !== undefined &&
      rule.origin !== undefined &&
      last?.rules[0]?.origin === rule.origin &&
      last.marking?.mark.value === marking.mark.value &&
      last.marking.comment === marking.comment;
    if (isOfSame) last.rules.push(rule);
    else blocks.push({ rules: [rule], marking });
  }
  const kinds = new Map<string, Kind>();
  return blocks.map((block) => ({
    ...block,
    asks: { dst: asksOf(block, 'dst', kinds), src: asksOf(block, 'src', kinds) },
  }));
}

/**
 * Undefined where a set cannot say it: a comment there has no quote in it.
 *
 * @param kinds all that there are, by what they ask
 */
function asksOf(
  { rules, marking }: Omit<Block, 'asks'>,
  side: Side,
  kinds: Map<string, Kind>,
): Asks | undefined {
  if (marking === undefined || marking.comment?.includes('"') === true) return undefined;
  const byForm = new Map<string, { readonly form: Rule; readonly networks: Cidr[] }>();
  for (const { rule } of rules) {
    const network = networkOf(rule as Rule, side);
    if (network === undefined || network.prefix === 0) return undefined;
    const form = withoutNetwork(rule as Rule, side);
    // whatever it does: that is of each entry
    const key = JSON.stringify([form.builtins, form.matches]);
    const same = byForm.get(key);
    if (same === undefined) byForm.set(key, { form, networks: [network] });
    else same.networks.push(network);
  }
  const forms = [...byForm.values()];
  // a block has a rule
  const [networks, ...others] = forms.map((one) => one.networks) as [Cidr[], ...Cidr[][]];
  if (others.some((list) => textOf(list) !== textOf(networks))) return undefined;
  const key = [side, ...byForm.keys()].join('\n');
  const kind = kinds.get(key) ?? { side, forms: forms.map(({ form }) => form), rules: 0 };
  kinds.set(key, kind);
  kind.rules += rules.length;
  return { kind, networks };
}

function textOf(networks: readonly Cidr[]): string {
  return networks.map(cidrText).join(' ');
}

function withoutNetwork({ builtins, matches, target }: Rule, side: Side): Rule {
  return {
    kind: 'rule',
    builtins: { ...builtins, [side]: undefined },
    matches: matches.filter(({ kind }) => kind !== 'comment'),
    target,
  };
}
