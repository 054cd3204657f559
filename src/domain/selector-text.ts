import type { Cidr } from './cidr.ts';
import { cidrText } from './cidr.ts';
import type { PortRange } from './port-range.ts';
import { portRangeText } from './port-range.ts';
import { protocolText } from './protocol.ts';
import type { Selector } from './selector.ts';
import { MADE_HERE } from './selector.ts';
import { isBySender, senderWords } from './sender.ts';

/** `udp 1701 from 10.9.1.0/24 to 192.168.7.0/24 in eth1`: for a sentence. */
export function selectorText(selector: Selector): string {
  const { src, dst, protocol, sport, dport, inInterface, dscp } = selector;
  const [from, to] = [networksText(src), networksText(dst)];
  const words = [
    protocol === undefined ? 'everything' : protocolText(protocol),
    dport && portsText(dport),
    from && `from ${from}`,
    sport && `from port ${portsText(sport)}`,
    to && `to ${to}`,
    dscp !== undefined && `with dscp ${String(dscp)}`,
    // who sends here is here
    inInterface !== undefined && !isBySender(selector) && arrivalText(inInterface),
    ...senderWords(selector),
  ];
  return words.filter((word) => typeof word === 'string').join(' ');
}

function portsText(ranges: readonly PortRange[]): string {
  return ranges.map((range) => portRangeText(range, '-')).join(',');
}

/** One address goes without its prefix length, and every address without a word. */
function networksText(networks: readonly Cidr[] | undefined): string | undefined {
  if (networks === undefined || networks.some(({ prefix }) => prefix === 0)) return undefined;
  return networks.map((network) => cidrText(network).replace(/\/32$/, '')).join(',');
}

function arrivalText(inInterface: string): string {
  return inInterface === MADE_HERE ? 'made on this host' : `in ${inInterface}`;
}
