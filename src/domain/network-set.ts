import type { Cidr } from './cidr.ts';
import { cidrKey, networkAt } from './cidr.ts';

/** Networks, and what lies in any of them, or has an address in common with one. */
export interface NetworkSet {
  add(network: Cidr): void;
  /** Itself among them. */
  holds(network: Cidr): boolean;
  touches(network: Cidr): boolean;
}

/** Each prefix length that is there, or is asked about, costs a look-up: of many networks, they are few. */
export function networkSet(): NetworkSet {
  const keys = new Set<number>();
  const lengths = new Set<number>();
  const members: Cidr[] = [];
  /** By a prefix length, the networks of that length which narrower members lie in. */
  const around = new Map<number, Set<number>>();
  const holds = ({ address, prefix: own }: Cidr): boolean => {
    for (const prefix of lengths)
      if (prefix <= own && keys.has(cidrKey(networkAt(address, prefix)))) return true;
    return false;
  };
  const aroundAt = (prefix: number): Set<number> => {
    const known = around.get(prefix);
    if (known !== undefined) return known;
    const narrower = members.filter((member) => member.prefix > prefix);
    const made = new Set(narrower.map(({ address }) => networkAt(address, prefix).address));
    around.set(prefix, made);
    return made;
  };
  return {
    add(network) {
      keys.add(cidrKey(network));
      lengths.add(network.prefix);
      members.push(network);
      for (const [prefix, known] of around)
        if (network.prefix > prefix) known.add(networkAt(network.address, prefix).address);
    },
    holds,
    touches: (network) => holds(network) || aroundAt(network.prefix).has(network.address),
  };
}
