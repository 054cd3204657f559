import { AH, ESP, UDP } from './protocol.ts';
import type { Selector } from './selector.ts';

/**
 * What carries the tunnels: IKE, known by either of its ports, ESP and AH. Of this host's own no entry
 * has a say, for a mark would send them into themselves; what is forwarded belongs to the entries.
 */
export function ipsecSelectors(ikePorts: readonly number[]): Selector[] {
  return [...ikeSelectors(ikePorts), { protocol: ESP }, { protocol: AH }];
}

export function ikeSelectors(ports: readonly number[]): Selector[] {
  return ports
    .map((port) => [{ first: port, last: port }])
    .flatMap((ranges) => [
      { protocol: UDP, sport: ranges },
      { protocol: UDP, dport: ranges },
    ]);
}
