import type { IpSets } from '../host/ip-set.ts';
import { isSameKind, isSameSet } from '../host/ip-set.ts';
import { isOurChain, isOurSet } from '../host/own-chains.ts';
import type { HostState } from '../host/state.ts';
import { withMangle } from '../host/state.ts';
import type { SetLookup } from '../iptables/codecs/text.ts';
import type { Arg } from '../iptables/option.ts';
import type { Chain, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';

/**
 * The host with names for its sets by which each packet finds the old decision or the new one, whenever it
 * comes. What a live set holds already is asked there. One set that differs is changed in its place, if
 * nothing else is to change. All others are new ones, which the rules ask from the moment on that they
 * are written: old rules never meet new sets.
 */
export function withSetNames(host: HostState, live: HostState): HostState {
  const held = [...live.sets].filter(([name]) => isOurSet(name));
  if (host.sets.size === 0 || held.length === 0) return host;
  const names = new Map<string, string>();
  for (const [name, set] of host.sets) {
    const same = held.find(([other, one]) => !isTaken(names, other) && isSameSet(one, set));
    if (same !== undefined) names.set(name, same[0]);
  }
  const [[changed, set] = [], ...others] = [...host.sets].filter(([name]) => !names.has(name));
  if (changed === undefined || set === undefined) return renamed(host, names);
  const inPlace = held
    .filter(([name, one]) => others.length === 0 && !isTaken(names, name) && isSameKind(one, set))
    .map(([name]) => renamed(host, new Map([...names, [changed, name]])))
    .find((one) => hasSameRules(one, live));
  return inPlace ?? renamed(host, withFreshNames(names, host.sets, live.sets));
}

function isTaken(names: ReadonlyMap<string, string>, name: string): boolean {
  return [...names.values()].includes(name);
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

function renamed(host: HostState, names: ReadonlyMap<string, string>): HostState {
  const sets = new Map([...host.sets].map(([name, set]) => [names.get(name) as string, set]));
  const chains = [...host.tables.mangle.chains].map(([name, { policy, rules }]): [string, Chain] => [
    name,
    { policy, rules: rules.map((one) => withName(one, names)) },
  ]);
  return { ...withMangle(host, new Map(chains)), sets };
}

function withName(one: TableRule, names: ReadonlyMap<string, string>): TableRule {
  const { rule, origin } = one;
  if (rule.kind !== 'rule' || rule.target?.kind !== 'SET') return one;
  // all of ours map
  const mapSet = rule.target.options.mapSet as Arg<SetLookup>;
  const name = names.get(mapSet.value.set) as string;
  if (name === mapSet.value.set) return one;
  const options = { ...rule.target.options, mapSet: { ...mapSet, value: { ...mapSet.value, set: name } } };
  return tableRule({ ...rule, target: { kind: 'SET', options } }, origin);
}

/** In all chains that are ours, but for those that the live host has besides. */
function hasSameRules(host: HostState, live: HostState): boolean {
  return [...host.tables.mangle.chains].every(([name, { rules }]) => {
    const held = live.tables.mangle.chains.get(name)?.rules;
    const isSame = held?.length === rules.length && rules.every(({ text }, at) => held[at]?.text === text);
    return !isOurChain(name) || isSame;
  });
}
