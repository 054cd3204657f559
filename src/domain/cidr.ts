/** An IPv4 network. The address is a number below 2^32 without host bits. */
export interface Cidr {
  readonly address: number;
  readonly prefix: number;
}

export const EVERYWHERE: Cidr = { address: 0, prefix: 0 };

/** What a text says when it is read as a network. */
export type CidrReading =
  | { readonly kind: 'cidr'; readonly cidr: Cidr }
  | { readonly kind: 'host-bits'; readonly cidr: Cidr }
  | { readonly kind: 'bad'; readonly reason: string };

const LAST_ADDRESS = 0xffffffff;

// a leading zero is octal to some resolvers and decimal to others: refuse it
const NUMBER = '(0|[1-9][0-9]{0,2})';
const DECIMAL = new RegExp(`^${NUMBER}$`);
const OCTETS = new RegExp(`^${[NUMBER, NUMBER, NUMBER, NUMBER].join('[.]')}$`);

export function maskOf(prefix: number): number {
  // a shift by 32 is a shift by 0 in JavaScript
  return prefix === 0 ? 0 : (LAST_ADDRESS << (32 - prefix)) >>> 0;
}

export function toAddress(text: string): number | undefined {
  const found = OCTETS.exec(text);
  if (found === null) return undefined;
  let address = 0;
  for (let part = 1; part <= 4; part += 1) {
    const octet = Number(found[part]);
    if (octet > 255) return undefined;
    address = address * 256 + octet;
  }
  return address;
}

/** `A.B.C.D/N`, or `A.B.C.D` for one address. */
export function toCidr(text: string): CidrReading {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const bad = (reason: string): CidrReading => ({ kind: 'bad', reason });
  if (addressText.includes(':')) return bad('is an IPv6 address; mast never carried IPv6');
  const address = toAddress(addressText);
  if (address === undefined) return bad('is not an IPv4 network like 192.168.0.0/24');
  if (prefixText === undefined) return { kind: 'cidr', cidr: { address, prefix: 32 } };
  if (rest.length > 0 || !DECIMAL.test(prefixText) || Number(prefixText) > 32) {
    return bad('needs a prefix length of 0 to 32');
  }
  const prefix = Number(prefixText);
  const network = (address & maskOf(prefix)) >>> 0;
  return { kind: network === address ? 'cidr' : 'host-bits', cidr: { address: network, prefix } };
}

export function addressText(address: number): string {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');
}

/** With the prefix length always: as iptables-save prints it. */
export function cidrText({ address, prefix }: Cidr): string {
  return `${addressText(address)}/${String(prefix)}`;
}

export function lastAddressOf({ address, prefix }: Cidr): number {
  return (address | ~maskOf(prefix)) >>> 0;
}

export function containsAddress({ address, prefix }: Cidr, other: number): boolean {
  return (other & maskOf(prefix)) >>> 0 === address;
}

/** Two networks either nest or have no address in common. */
export function overlaps(one: Cidr, other: Cidr): boolean {
  return one.prefix <= other.prefix
    ? containsAddress(one, other.address)
    : containsAddress(other, one.address);
}

/** The one of two networks that lies in the other; undefined where they have no address in common. */
export function narrowerOf(one: Cidr, other: Cidr): Cidr | undefined {
  if (!overlaps(one, other)) return undefined;
  return one.prefix < other.prefix ? other : one;
}

/** The address in a network that has the host bits of another one: what NETMAP makes of it. */
export function mappedInto({ address, prefix }: Cidr, other: number): number {
  return (address | (other & ~maskOf(prefix))) >>> 0;
}

/** How many leading bits two addresses have in common. */
export function commonBits(one: number, other: number): number {
  return Math.clz32(one ^ other);
}

/** The network of this prefix that holds an address. */
export function networkAt(address: number, prefix: number): Cidr {
  return { address: (address & maskOf(prefix)) >>> 0, prefix };
}

/** One number for each network. */
export function cidrKey({ address, prefix }: Cidr): number {
  return address * 64 + prefix;
}
