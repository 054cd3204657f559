import { toCidr } from '../domain/cidr.ts';
import type { CidrReading } from '../domain/cidr.ts';
import type { Located } from './document.ts';
import type { NamedNetworks, Policy, Side, Spanned } from './policy.ts';

/** One value, or each of a list, with its place: its shape has been checked. */
export function itemsOf<T extends string | number>(part: Located): Spanned<T>[];
export function itemsOf<T extends string | number>(part: Located | undefined): Spanned<T>[] | undefined;
export function itemsOf<T extends string | number>(part: Located | undefined): Spanned<T>[] | undefined {
  return part && ((part.items ?? [part]) as Spanned<T>[]);
}

export function namedNetworks(part: Located | undefined): NamedNetworks[] {
  return [...(part?.fields ?? [])].map(([name, field]) => ({
    name: { value: name, span: field.key },
    networks: itemsOf<string>(field.part).map(({ value, span }) => ({ value: toCidr(value), span })),
  }));
}

/** A `src:` or `dst:`: networks and names of networks. */
export function sidesOf(
  part: Located | undefined,
  named: readonly NamedNetworks[],
): Spanned<Side>[] | undefined {
  return itemsOf<string>(part)?.map(({ value, span }) => ({ value: sideOf(value, named), span }));
}

/** No network is one, and no name of a host that has a dot in it. */
const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

function sideOf(text: string, named: readonly NamedNetworks[]): Side {
  if (!NAME.test(text)) return { kind: 'network', network: toCidr(text) };
  const found = named.find(({ name }) => name.value === text);
  return found === undefined ? { kind: 'unknown name', name: text } : { kind: 'name', named: found };
}

/** Every item of a src, a dst or what is protected. */
export function sidesIn(policy: Policy): Spanned<Side>[] {
  return [...policy.protect.networks, ...policy.protect.except, ...entrySides(policy)];
}

/** Every item of a src or dst, once: a default that entries take over stands in one place. */
export function entrySides({ defaults, entries }: Policy): Spanned<Side>[] {
  const { src = [], dst = [] } = defaults;
  const sides = [...src, ...dst];
  for (const entry of entries) {
    if (entry.src !== undefined && entry.src !== src) sides.push(...entry.src);
    if (entry.dst !== undefined && entry.dst !== dst) sides.push(...entry.dst);
  }
  return sides;
}

/** Every network of the policy that is written as one. */
export function networksOf(policy: Policy): Spanned<CidrReading>[] {
  const found = policy.networks.flatMap(({ networks }) => networks);
  for (const { alias, saref } of policy.entries) {
    if (alias !== undefined) found.push(alias);
    if (saref?.peer !== undefined) found.push(saref.peer);
  }
  for (const { peer } of policy.sarefs === 'pluto' ? [] : policy.sarefs)
    if (peer !== undefined) found.push(peer);
  for (const { value, span } of sidesIn(policy))
    if (value.kind === 'network') found.push({ value: value.network, span });
  return found;
}
