import type { Cidr } from './cidr.ts';
import { cidrKey, networkAt } from './cidr.ts';

/** Networks, and whether one lies in any of them. */
export interface NetworkSet {
  add(network: Cidr): void;
  /** Itself among them. */
  holds(network: Cidr): boolean;
}

/** Each prefix length that is there is asked for once: of many networks, they are few. */
export function networkSet(): NetworkSet {
  const [keys, lengths] = [new Set<number>(), new Set<number>()];
  return {
    add(network) {
      keys.add(cidrKey(network));
      lengths.add(network.prefix);
    },
    holds({ address, prefix: own }) {
      for (const prefix of lengths)
        if (prefix <= own && keys.has(cidrKey(networkAt(address, prefix)))) return true;
      return false;
    },
  };
}
