import type { Cidr } from '../domain/cidr.ts';
import { addressText, cidrText } from '../domain/cidr.ts';
import { networkSet } from '../domain/network-set.ts';
import type { IpSet, SetElement } from '../host/ip-set.ts';
import { markingSet } from '../host/ip-set.ts';
import { arg } from '../iptables/build.ts';
import type { Rule } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import type { ChainWish, LaidOut } from './laid-out.ts';
import type { MarkingRule, Side } from './marking-rule.ts';
import { markingRule, networkOf } from './marking-rule.ts';

/**
 * Entries in a row that differ in their networks alone become elements of one set, which one rule asks: as
 * many rules as one of the entries has, for its other networks, or its ports. Shorter runs than a look-up
 * is worth stay rules.
 */
export function setsIn(rules: readonly TableRule[], { firstSet, costs, guard }: ChainWish): LaidOut {
  const sets = new Map<string, IpSet>();
  let cost = 0;
  const kept = runsOf(blocksOf(rules, guard)).flatMap((run): readonly TableRule[] => {
    const asRules = run.blocks.flatMap((block) => block.rules);
    const forms = formsOf(run);
    const lookups = forms.length * costs.set;
    if (forms.length === 0 || asRules.length * costs.rule <= lookups) {
      cost += asRules.length * costs.rule;
      return asRules;
    }
    const name = `SAREF-SET-${String(firstSet + sets.size)}`;
    sets.set(name, markingSet(elementsOf(run)));
    cost += lookups;
    return forms.map((form) => lookupRule(form, name, run.side));
  });
  return { rules: kept, chains: new Map(), sets, cost };
}

/** The rules of one entry, which give the same mark: their order means nothing. */
interface Block {
  readonly rules: readonly TableRule[];
  readonly marking: MarkingRule | undefined;
  readonly asks: Readonly<Record<Side, Asks | undefined>>;
}

/** What the rules of an entry ask: one of the networks of a side, and besides one of its forms. */
interface Asks {
  readonly networks: readonly Cidr[];
  /** The same for the same forms, which are the rules without these networks. */
  readonly key: string;
}

function blocksOf(rules: readonly TableRule[], guard: ChainWish['guard']): Block[] {
  const groups: { readonly rules: TableRule[]; readonly marking: MarkingRule | undefined }[] = [];
  for (const rule of rules) {
    const marking = markingRule(rule, guard);
    const last = groups.at(-1);
    const isOfSame =
      marking !== undefined &&
      rule.origin !== undefined &&
      last?.rules[0]?.origin === rule.origin &&
      last.marking?.mark.value === marking.mark.value &&
      last.marking.comment === marking.comment;
    if (isOfSame) last.rules.push(rule);
    else groups.push({ rules: [rule], marking });
  }
  return groups.map((group) => ({
    ...group,
    asks: { dst: asksIn(group, 'dst'), src: asksIn(group, 'src') },
  }));
}

/** Undefined where a set cannot say it: a comment there has no quote in it. */
function asksIn({ rules, marking }: Omit<Block, 'asks'>, side: Side): Asks | undefined {
  if (marking === undefined || marking.comment?.includes('"') === true) return undefined;
  const byForm = new Map<string, Cidr[]>();
  for (const { rule } of rules) {
    const network = networkOf(rule as Rule, side);
    if (network === undefined || network.prefix === 0) return undefined;
    const key = keyOf(formOf(rule as Rule, side));
    const same = byForm.get(key);
    if (same === undefined) byForm.set(key, [network]);
    else same.push(network);
  }
  // a block has a rule
  const [networks, ...others] = [...byForm.values()] as [Cidr[], ...Cidr[][]];
  const isOther = (list: readonly Cidr[]): boolean => textOf(list) !== textOf(networks);
  return others.some(isOther) ? undefined : { networks, key: [...byForm.keys()].join('\n') };
}

function textOf(networks: readonly Cidr[]): string {
  return networks.map(cidrText).join(' ');
}

function formOf({ builtins, matches, target }: Rule, side: Side): Rule {
  return {
    kind: 'rule',
    builtins: { ...builtins, [side]: undefined },
    matches: matches.filter(({ kind }) => kind !== 'comment'),
    target,
  };
}

/** Whatever it does: that is of each entry. */
function keyOf({ builtins, matches }: Rule): string {
  return JSON.stringify([builtins, matches]);
}

/** Entries that ask the same, but for their networks. */
interface Run {
  readonly side: Side;
  readonly blocks: readonly Block[];
}

/** The longer one of the two that begin at a place, then what follows it. */
function runsOf(blocks: readonly Block[]): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < blocks.length;) {
    const [byDst, bySrc] = [runFrom(blocks, at, 'dst'), runFrom(blocks, at, 'src')];
    const run = bySrc.blocks.length > byDst.blocks.length ? bySrc : byDst;
    runs.push(run);
    at += run.blocks.length;
  }
  return runs;
}

function runFrom(blocks: readonly Block[], from: number, side: Side): Run {
  const key = blocks[from]?.asks[side]?.key;
  let end = from + 1;
  while (key !== undefined && blocks[end]?.asks[side]?.key === key) end += 1;
  return { side, blocks: blocks.slice(from, end) };
}

/** Of all blocks of a run, which have the same; none where a set cannot say it. */
function formsOf({ side, blocks: [block] }: Run): Rule[] {
  if (block?.asks[side] === undefined) return [];
  const forms = block.rules.map(({ rule }) => formOf(rule as Rule, side));
  return [...new Map(forms.map((form) => [keyOf(form), form])).values()];
}

/**
 * A set prefers the most specific network, the entries the first one. They agree as soon as those networks
 * are left out that an earlier one holds, which never decide: of any two that hold an address, the narrower
 * one stands in front then.
 */
function elementsOf(run: Run): SetElement[] {
  const taken = networkSet();
  return run.blocks.flatMap(({ rules, marking, asks }) =>
    (asks[run.side] as Asks).networks.flatMap((network): SetElement[] => {
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
