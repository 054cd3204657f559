import type { IpSet, IpSets } from '../host/ip-set.ts';
import { hasSameEntries, isSameKind, isSameSet, setAskedBy } from '../host/ip-set.ts';
import { isOurChain, isOurSet } from '../host/own-chains.ts';
import type { HostState } from '../host/state.ts';
import { withMangle } from '../host/state.ts';
import type { SetLookup } from '../iptables/codecs/text.ts';
import type { Arg } from '../iptables/option.ts';
import type { Chain, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import { BACK } from './onward.ts';
import { ARRIVALS } from './replies.ts';

/**
 * The host with names for its sets by which each packet finds the old decision or the new one, whenever it
 * comes. What a live set holds already is asked there. Where no rule changes, one set may be changed in
 * its place, or more of them if they differ in their marks alone: then each packet is found where it was. All
 * others are new ones, which the rules ask from the moment on that they are written: old rules never meet
 * new sets.
 */
export function withSetNames(host: HostState, live: HostState): HostState {
  const held = new Map([...live.sets].filter(([name]) => isOurSet(name)));
  if (host.sets.size === 0 || held.size === 0) return host;
  const placed = namesInPlace(host, live, held);
  const names = sameNames(host.sets, held, placed);
  const changed = [...host.sets].filter(([name]) => !names.has(name));
  if (changed.length === 0) return renamed(host, names);
  const isSafe = ([name, set]: readonly [string, IpSet]): boolean => {
    const there = held.get(placed.get(name) ?? '');
    return there !== undefined && (changed.length === 1 || hasSameEntries(set, there));
  };
  const all = new Map([...placed, ...names]);
  const inPlace = changed.every(isSafe) && isOneToOne(all) ? renamed(host, all) : undefined;
  if (inPlace !== undefined && hasSameRules(inPlace, live)) return inPlace;
  return renamed(host, withFreshNames(names, host.sets, live.sets));
}

type Names = ReadonlyMap<string, string>;

/** For each set the live one of its kind that the same rule asks, if there is one. */
function namesInPlace(host: HostState, live: HostState, held: IpSets): Names {
  const asked = new Map(lookupsIn(live).map(({ rule, set }) => [rule, set]));
  return new Map(
    lookupsIn(host).flatMap(({ rule, set }) => {
      const name = asked.get(rule);
      const [wanted, there] = [host.sets.get(set), held.get(name ?? '')];
      const isOfKind = wanted !== undefined && there !== undefined && isSameKind(wanted, there);
      return name !== undefined && isOfKind ? [[set, name] as const] : [];
    }),
  );
}

/** Rules that ask sets: which rule it is whatever the name of its set, and that name. */
function lookupsIn({ tables }: HostState): { readonly rule: string; readonly set: string }[] {
  return [...tables.mangle.chains].flatMap(([chain, { rules }]) => {
    const counts = new Map<string, number>();
    return rules.flatMap(({ rule, text }) => {
      const set = setAskedBy(rule);
      if (set === undefined) return [];
      const nameless = text.replace(` ${set} `, ' ');
      const count = (counts.get(nameless) ?? 0) + 1;
      counts.set(nameless, count);
      return [{ rule: `${chain} ${nameless} ${String(count)}`, set }];
    });
  });
}

/** Live sets that hold the same: in its place, else anywhere. */
function sameNames(wanted: IpSets, held: IpSets, placed: Names): Map<string, string> {
  const names = new Map<string, string>();
  const take = (name: string, set: IpSet, candidates: readonly string[]): void => {
    if (names.has(name)) return;
    const same = candidates.find(
      (other) => !isTaken(names, other) && isSameSet(held.get(other) as IpSet, set),
    );
    if (same !== undefined) names.set(name, same);
  };
  for (const [name, set] of wanted) take(name, set, placed.has(name) ? [placed.get(name) as string] : []);
  for (const [name, set] of wanted) take(name, set, [...held.keys()]);
  return names;
}

function isTaken(names: Names, name: string): boolean {
  return [...names.values()].includes(name);
}

function isOneToOne(names: Names): boolean {
  return new Set(names.values()).size === names.size;
}

function withFreshNames(names: Map<string, string>, wanted: IpSets, live: IpSets): Map<string, string> {
  const all = new Map(names);
  let number = 1;
  for (const name of wanted.keys()) {
    if (all.has(name)) continue;
    while (live.has(nameOf(number))) number += 1;
    all.set(name, nameOf(number));
    number += 1;
  }
  return all;
}

export function nameOf(number: number): string {
  return `SAREF-SET-${String(number)}`;
}

function renamed(host: HostState, names: Names): HostState {
  const sets = new Map([...host.sets].map(([name, set]) => [names.get(name) as string, set]));
  const chains = [...host.tables.mangle.chains].map(([name, { policy, rules }]): [string, Chain] => [
    name,
    { policy, rules: rules.map((one) => withName(one, names)) },
  ]);
  return { ...withMangle(host, new Map(chains)), sets };
}

function withName(one: TableRule, names: Names): TableRule {
  const { rule, origin } = one;
  if (rule.kind !== 'rule' || rule.target?.kind !== 'SET') return one;
  // all of ours map
  const mapSet = rule.target.options.mapSet as Arg<SetLookup>;
  const name = names.get(mapSet.value.set) as string;
  if (name === mapSet.value.set) return one;
  const options = { ...rule.target.options, mapSet: { ...mapSet, value: { ...mapSet.value, set: name } } };
  return tableRule({ ...rule, target: { kind: 'SET', options } }, origin);
}

/**
 * In all chains that are ours, but for those that the live host has besides, and for those of answers, which
 * ask no set: another inbound SAref leaves it to the same elements what goes out.
 */
function hasSameRules(host: HostState, live: HostState): boolean {
  return [...host.tables.mangle.chains].every(([name, { rules }]) => {
    const held = live.tables.mangle.chains.get(name)?.rules;
    const isSame = held?.length === rules.length && rules.every(({ text }, at) => held[at]?.text === text);
    return !isOurChain(name) || isOfAnswers(name) || isSame;
  });
}

function isOfAnswers(chain: string): boolean {
  return [ARRIVALS, BACK].some((root) => chain === root || chain.startsWith(`${root}-`));
}
