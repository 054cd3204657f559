import type { Cidr } from './cidr.ts';
import { cidrText, containsAddress, mappedInto } from './cidr.ts';
import type { PortRange } from './port-range.ts';
import { portRangeText } from './port-range.ts';
import { protocolText } from './protocol.ts';
import type { Selector } from './selector.ts';
import { MADE_HERE } from './selector.ts';
import { isBySender, senderWords } from './sender.ts';

/** A network that stands for a real one of the same size. */
export interface Mapping {
  readonly alias: Cidr;
  readonly real: Cidr;
}

/** `udp 1701 from 10.9.1.0/24 to 192.168.7.0/24 in eth1`: for a sentence. */
export function selectorText(selector: Selector, aliases: readonly Mapping[] = []): string {
  const { src, dst, protocol, sport, dport, inInterface, dscp } = selector;
  const [from, to] = [
    networksText(src, networkText),
    networksText(dst, (network) => aliasText(network, aliases)),
  ];
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

/** Every address goes without a word. */
function networksText(
  networks: readonly Cidr[] | undefined,
  textOf: (network: Cidr) => string,
): string | undefined {
  if (networks === undefined || networks.some(({ prefix }) => prefix === 0)) return undefined;
  return networks.map(textOf).join(',');
}

/** One address goes without its prefix length. */
export function networkText(network: Cidr): string {
  return cidrText(network).replace(/\/32$/, '');
}

/** `10.101.0.0/24 (alias of 192.168.0.0/24)`; a part of an alias stands for that part of the network. */
function aliasText(network: Cidr, aliases: readonly Mapping[]): string {
  const { address, prefix } = network;
  const text = networkText(network);
  const found = aliases.find(({ alias }) => alias.prefix <= prefix && containsAddress(alias, address));
  if (found === undefined) return text;
  return `${text} (alias of ${networkText({ address: mappedInto(found.real, address), prefix })})`;
}

function arrivalText(inInterface: string): string {
  return inInterface === MADE_HERE ? 'made on this host' : `in ${inInterface}`;
}
