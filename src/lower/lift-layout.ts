import { maskedOf } from '../domain/address.ts';
import type { Cidr } from '../domain/cidr.ts';
import { narrowerOf, overlaps, toCidr } from '../domain/cidr.ts';
import type { Mark } from '../domain/mark.ts';
import type { IpSets, SetElement } from '../host/ip-set.ts';
import { elementText, inOrder } from '../host/ip-set-text.ts';
import { arg, commented } from '../iptables/build.ts';
import type { Arg } from '../iptables/option.ts';
import type { Rule, Target } from '../iptables/rule.ts';
import type { Table, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import { isOfTree } from './laid-out.ts';
import type { Side } from './marking-rule.ts';
import { asks, networkOf } from './marking-rule.ts';

export interface Held {
  /** The mark of a packet that no rule of the chain has decided yet. */
  readonly guard: Arg<Mark>;
  readonly table: Table;
  readonly sets: IpSets;
}

/**
 * The rules of a chain one after the other, whatever their layout: with those of the chains that it shares
 * them out to, and with one for each element of a set that it asks. What cannot be said so stays as it is.
 */
export function inARow(chain: string, held: Held): readonly TableRule[] {
  const rules = held.table.chains.get(chain)?.rules ?? [];
  return rules.flatMap((one, at) => {
    const { rule } = one;
    if (rule.kind === 'opaque') return [one];
    switch (rule.target?.kind) {
      case 'goto':
      case 'jump':
        return isOfTree(rule.target.chain)
          ? (sharedOut(rule, rule.target.chain, { ...held, behind: rules.slice(at + 1) }) ?? [one])
          : [one];
      case 'SET':
        return elementRules(rule, rule.target.options, held.sets) ?? [one];
      default:
        return [one];
    }
  });
}

interface Way extends Held {
  /** What stands behind it in its chain: a packet that a `goto` takes away does not meet that. */
  readonly behind: readonly TableRule[];
}

/** Undefined where the way there asks more than a network, or packets miss what they might match. */
function sharedOut({ builtins, matches, target }: Rule, chain: string, way: Way): TableRule[] | undefined {
  const { src, dst, ...others } = builtins;
  const rule: Rule = { kind: 'rule', builtins, matches, target };
  const side: Side = src === undefined ? 'dst' : 'src';
  const network = networkOf(rule, side);
  const isPlain =
    Object.keys(others).length === 0 &&
    matches.every((match) => asks(match, way.guard) || match.kind === 'comment') &&
    (network !== undefined) === (src !== undefined || dst !== undefined) &&
    (src === undefined || dst === undefined);
  const isMissed = ({ rule: other }: TableRule): boolean =>
    target?.kind === 'goto' && mayOverlap(other, side, network);
  if (!isPlain || way.behind.some(isMissed)) return undefined;
  const rules = inARow(chain, way);
  return network === undefined ? [...rules] : rules.flatMap((one) => narrowed(one, side, network));
}

function mayOverlap(other: TableRule['rule'], side: Side, network: Cidr | undefined): boolean {
  const asked = other.kind === 'rule' ? networkOf(other, side) : undefined;
  return asked === undefined || network === undefined || overlaps(asked, network);
}

/** Within the network that leads there: as it is, in what we write. */
function narrowed(one: TableRule, side: Side, network: Cidr): TableRule[] {
  const { rule, origin } = one;
  if (rule.kind === 'opaque') return [one];
  const own = networkOf(rule, side);
  const common = own === undefined ? network : narrowerOf(own, network);
  if (common === undefined) return [];
  if (common === own) return [one];
  const builtins = { ...rule.builtins, [side]: arg(maskedOf(common)) };
  return [tableRule({ ...rule, builtins }, origin)];
}

type SetOptions = Extract<Target, { kind: 'SET' }>['options'];

/** The narrowest first, for that is the one that decides. */
function elementRules(rule: Rule, { mapSet, mapMark }: SetOptions, sets: IpSets): TableRule[] | undefined {
  const { set: name, directions: [side] = [] } = mapSet?.value ?? { set: '' };
  const set = sets.get(name);
  if (set?.type !== 'hash:net' || side === undefined || !mapMark || rule.builtins[side]) return undefined;
  const read = inOrder(set.elements.values()).map((element) => {
    const network = cidrIn(element.entry);
    return { element, network, prefix: network?.prefix ?? 0 };
  });
  return read
    .sort((one, other) => other.prefix - one.prefix)
    .map(({ element, network }) => {
      const marking = markedBy(element, rule, network && { [side]: arg(maskedOf(network)) });
      return { rule: marking ?? rule, text: `add ${name} ${elementText(element)}`, origin: element.origin };
    });
}

/** Undefined for an element that marks nothing, or that hides others. */
function markedBy(
  { mark, comment, isExcluded }: SetElement,
  rule: Rule,
  side: Rule['builtins'] | undefined,
): Rule | undefined {
  if (side === undefined || mark === undefined || isExcluded) return undefined;
  return {
    ...rule,
    builtins: { ...rule.builtins, ...side },
    matches: [...rule.matches, ...(comment === undefined ? [] : [commented(comment)])],
    target: { kind: 'MARK', options: { setXmark: arg(mark) } },
  };
}

function cidrIn(entry: string): Cidr | undefined {
  const reading = toCidr(entry);
  return reading.kind === 'cidr' ? reading.cidr : undefined;
}
