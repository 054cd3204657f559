import type { Cidr } from '../domain/cidr.ts';
import { toAddress, toCidr } from '../domain/cidr.ts';
import type { Selector } from '../domain/selector.ts';

/** The addresses and devices of a host, as far as `ip -oneline address show` names them. */
export interface OwnAddresses {
  /** Without those of the loopback network. */
  readonly addresses: readonly number[];
  readonly devices: readonly string[];
}

/** Lines like `5: eth1    inet 10.9.1.1/24 scope global eth1`. */
export function parseOwnAddresses(text: string): OwnAddresses {
  const rows = [...text.matchAll(/^[0-9]+: (\S+)\s+inet ([0-9.]+)/gm)].map(
    ([, device = '', address = '']) => ({
      device,
      address: toAddress(address),
    }),
  );
  const addresses = rows.flatMap(({ address }) => address ?? []).filter((address) => !isLoopback(address));
  return { addresses: [...new Set(addresses)], devices: [...new Set(rows.map(({ device }) => device))] };
}

/** 127.0.0.0/8. */
const LOOPBACK = [0x7f000000, 0x7fffffff] as const;

function isLoopback(address: number): boolean {
  return LOOPBACK[0] <= address && address <= LOOPBACK[1];
}

/** Whether a packet to it stays on this host. */
export function isOwn(address: number, { addresses }: OwnAddresses): boolean {
  return isLoopback(address) || addresses.includes(address);
}

/** Packets from one of them, or to one. */
export function atAddresses(side: 'src' | 'dst', { addresses }: OwnAddresses): Selector {
  return { [side]: addresses.map((address) => ({ address, prefix: 32 })) };
}

/** The networks of its addresses, without those of one host and of loopback. */
export function parseOwnNetworks(text: string): { readonly device: string; readonly network: Cidr }[] {
  const rows = [...text.matchAll(/^[0-9]+: (\S+)\s+inet ([0-9.]+)\/([0-9]+) /gm)];
  return rows.flatMap(([, device = '', address = '', prefix = '']) => {
    const reading = toCidr(`${address}/${prefix}`);
    if (device === 'lo' || reading.kind === 'bad' || reading.cidr.prefix === 32) return [];
    return [{ device, network: reading.cidr }];
  });
}
