import type { PortRange } from '../domain/port-range.ts';
import { arg } from '../iptables/build.ts';
import type { Match } from '../iptables/rule.ts';

/** A multiport match takes 15 ports, and a range is two (XT_MULTI_PORTS in linux/netfilter/xt_multiport.h). */
const MOST_PORTS = 15;

/** As many multiport matches, for a rule each, as the ranges need. */
export function portMatches(option: 'sports' | 'dports' | 'ports', ranges: readonly PortRange[]): Match[] {
  return chunksOf(ranges).map((chunk): Match => ({ kind: 'multiport', options: { [option]: arg(chunk) } }));
}

function chunksOf(ranges: readonly PortRange[]): PortRange[][] {
  const chunks: PortRange[][] = [];
  let room = 0;
  for (const range of ranges) {
    const size = range.first === range.last ? 1 : 2;
    if (size > room) {
      chunks.push([]);
      room = MOST_PORTS;
    }
    chunks.at(-1)?.push(range);
    room -= size;
  }
  return chunks;
}
