import { toCidr } from '../domain/cidr.ts';
import type { CidrReading } from '../domain/cidr.ts';
import type { OneOrMore, PolicyData } from './data.ts';
import type { PathStep, YamlDocument } from './document.ts';
import type { NamedNetworks, Policy, Side, Spanned } from './policy.ts';

/** A place in a document, and the names that can be used there. */
export interface Place {
  readonly document: YamlDocument;
  readonly path: readonly PathStep[];
  readonly named: readonly NamedNetworks[];
}

/** One value, or each of a list, with its place. */
export function itemsOf<T extends string | number>(
  place: Omit<Place, 'named'>,
  data: OneOrMore<T>,
): Spanned<T>[];
export function itemsOf<T extends string | number>(
  place: Omit<Place, 'named'>,
  data: OneOrMore<T> | undefined,
): Spanned<T>[] | undefined;
export function itemsOf<T extends string | number>(
  { document, path }: Omit<Place, 'named'>,
  data: OneOrMore<T> | undefined,
): Spanned<T>[] | undefined {
  if (data === undefined) return undefined;
  if (!Array.isArray(data)) return [{ value: data as T, span: document.spanOf(path) }];
  return data.map((value: T, index) => ({ value, span: document.spanOf([...path, index]) }));
}

export function namedNetworks(
  document: YamlDocument,
  networks: NonNullable<PolicyData['networks']>,
): NamedNetworks[] {
  return Object.entries(networks).map(([name, data]) => {
    const path = ['networks', name];
    const items = itemsOf({ document, path }, data);
    return {
      name: { value: name, span: document.keySpanOf(path) },
      networks: items.map(({ value, span }) => ({ value: toCidr(value), span })),
    };
  });
}

/** A `src:` or `dst:`: networks and names of networks. */
export function sidesOf(place: Place, data: OneOrMore<string> | undefined): Spanned<Side>[] | undefined {
  return itemsOf(place, data)?.map(({ value, span }) => ({ value: sideOf(value, place.named), span }));
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
  const lists = [defaults, ...entries].flatMap(({ src = [], dst = [] }) => [src, dst]);
  return [...new Set(lists)].flat();
}

/** Every network of the policy that is written as one. */
export function networksOf(policy: Policy): Spanned<CidrReading>[] {
  return [
    ...policy.networks.flatMap(({ networks }) => networks),
    ...policy.entries.flatMap(({ alias, saref }) => [alias ?? [], saref?.peer ?? []].flat()),
    ...(policy.sarefs === 'pluto' ? [] : policy.sarefs.flatMap(({ peer }) => peer ?? [])),
    ...sidesIn(policy).flatMap(({ value, span }) =>
      value.kind === 'network' ? [{ value: value.network, span }] : [],
    ),
  ];
}
