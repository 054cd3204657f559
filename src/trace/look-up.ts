import { addressText, cidrText, networkAt } from '../domain/cidr.ts';
import { oncePer } from '../domain/once.ts';
import type { Packet } from '../domain/packet.ts';
import type { IpSet, SetElement } from '../host/ip-set.ts';
import type { SetLookup } from '../iptables/codecs/text.ts';

type Side = SetLookup['directions'][number];

/**
 * The element of a set that a packet is found by; undefined where it is not found. Of the networks that
 * hold the address the narrowest one counts, and if that is a nomatch, the packet is not found.
 */
export function lookUp(
  set: IpSet,
  { directions }: SetLookup,
  packet: Packet,
): SetElement | 'unknown' | undefined {
  const side = directions[0] as Side;
  if (set.type !== 'hash:net' || !set.options.split(' ').includes('inet')) return 'unknown';
  const element = narrowest(set, packet[side]);
  return element?.isExcluded === true ? undefined : element;
}

function narrowest({ elements }: IpSet, address: number): SetElement | undefined {
  for (const prefix of prefixesOf(elements)) {
    const entry = prefix === 32 ? addressText(address) : cidrText(networkAt(address, prefix));
    const element = elements.get(entry);
    if (element !== undefined) return element;
  }
  return undefined;
}

/** Those that there are, the longest first: no set of networks takes one of everything. */
const prefixesOf = oncePer((elements: IpSet['elements']): number[] => {
  const prefixes = [...elements.keys()].map((entry) => Number(entry.split('/')[1] ?? 32));
  return [...new Set(prefixes)].filter((prefix) => prefix > 0).sort((one, other) => other - one);
});
