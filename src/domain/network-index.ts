import type { Cidr } from './cidr.ts';
import { cidrKey, networkAt } from './cidr.ts';

/** Of a list of networks, the place of the first one that an address is in; undefined where it is in none. */
export type NetworkQuery = (address: number) => number | undefined;

/** Each prefix length that is there costs a look-up: of many networks, they are few. */
export function networksIn(networks: readonly Cidr[]): NetworkQuery {
  const places = new Map<number, number>();
  networks.forEach((network, place) => {
    const key = cidrKey(network);
    if (!places.has(key)) places.set(key, place);
  });
  const prefixes = [...new Set(networks.map(({ prefix }) => prefix))];
  return (address) => {
    const found = prefixes.flatMap((prefix) => places.get(cidrKey(networkAt(address, prefix))) ?? []);
    return found.length === 0 ? undefined : Math.min(...found);
  };
}
