import type { Cidr } from './cidr.ts';
import { EVERYWHERE, lastAddressOf } from './cidr.ts';
import { LAST_DSCP } from './dscp.ts';
import type { PortRange } from './port-range.ts';
import { LAST_PORT } from './port-range.ts';
import { hasPorts } from './protocol.ts';
import type { Selector } from './selector.ts';
import { MADE_HERE } from './selector.ts';

/** Names that nobody has. */
const NO_NAME = ' ';
const NO_ID = 0xffffffff;

const LAST_PROTOCOL = 255;

/** Two packets at the ends of what a selector matches, each as a selector for it alone. */
export function cornersOf(selector: Selector): readonly [Selector, Selector] {
  const { src, dst, sport, dport, uid = NO_ID, gid = NO_ID, cgroup = NO_NAME } = selector;
  const corner = (end: 0 | -1): Selector => {
    const isLow = end === 0;
    const protocol = selector.protocol ?? (isLow ? 0 : LAST_PROTOCOL);
    const ports = { sport: [portAt(end, sport)], dport: [portAt(end, dport)] };
    return {
      src: [addressAt(end, src)],
      dst: [addressAt(end, dst)],
      protocol,
      ...(hasPorts(protocol) && ports),
      inInterface: selector.inInterface ?? (isLow ? MADE_HERE : NO_NAME),
      dscp: selector.dscp ?? (isLow ? 0 : LAST_DSCP),
      ...{ uid, gid, cgroup },
    };
  };
  return [corner(0), corner(-1)];
}

function addressAt(end: 0 | -1, networks: readonly Cidr[] = [EVERYWHERE]): Cidr {
  const network = networks.at(end) as Cidr;
  return { address: end === 0 ? network.address : lastAddressOf(network), prefix: 32 };
}

const EVERY_PORT: PortRange = { first: 0, last: LAST_PORT };

function portAt(end: 0 | -1, ranges: readonly PortRange[] = [EVERY_PORT]): PortRange {
  const { first, last } = ranges.at(end) as PortRange;
  const port = end === 0 ? first : last;
  return { first: port, last: port };
}
