import type { Cidr } from '../../src/domain/cidr.ts';
import { cidrText, containsAddress } from '../../src/domain/cidr.ts';
import { hexOf } from '../../src/domain/mark.ts';
import { markOf, toSaref } from '../../src/domain/saref.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { declareChain } from '../../src/iptables/restore.ts';
import type { RestoreLine } from '../../src/iptables/restore.ts';

/**
 * A model of what the stock updown script of mast mode leaves on a gateway, from Openswan 2.6.29 to 3.0.0
 * and in Libreswan up to 3.27: its conns are told to it one at a time, and the newest one wins.
 */
export interface StockConn {
  readonly name: string;
  readonly mine: Cidr;
  readonly peer: Cidr;
  /** SAref of the outbound SA. */
  readonly refhim: number;
}

/** sareftrack= of ipsec.conf; with `no` the script does nothing. */
export type Sareftrack = 'yes' | 'conntrack';

/** How many lines the script wants `iptables -L IPSEC` to have: two of a heading, and the rules. */
export const STOCK_LINES: Readonly<Record<Sareftrack, number>> = { yes: 3, conntrack: 6 };

const IPSEC: Readonly<Record<Sareftrack, readonly string[]>> = {
  yes: ['-j NEW_IPSEC_CONN'],
  conntrack: [
    '-j CONNMARK --restore-mark',
    '-m mark --mark 0x80000000/0x80000000 -j RETURN',
    '-j NEW_IPSEC_CONN',
    '-j CONNMARK --save-mark',
  ],
};

/** Lines for the mangle table that stand however many conns there are. */
export function stockFrame(sareftrack: Sareftrack): RestoreLine[] {
  const accepted = ['--dport 4500', '--sport 4500', '--dport 500', '--sport 500'];
  return [
    declareChain('IPSEC'),
    declareChain('NEW_IPSEC_CONN'),
    ...IPSEC[sareftrack].map((rule) => `-A IPSEC ${rule}`),
    ...accepted.map((port) => `-A OUTPUT -p udp -m udp ${port} -j ACCEPT`),
    '-A OUTPUT -j IPSEC',
    '-A PREROUTING -j IPSEC',
  ].map((text) => ({ text }));
}

/** Lines that make these all the conns there are, the oldest one first. */
export function stockConns(conns: readonly StockConn[]): RestoreLine[] {
  return [{ text: declareChain('NEW_IPSEC_CONN') }, ...conns.map(stockConn)];
}

/** What the script adds when a conn comes up: at the top, and behind a guard, so that the newest one wins. */
export function stockConn({ name, mine, peer, refhim }: StockConn): RestoreLine {
  const selector = `-s ${cidrText(mine)} -d ${cidrText(peer)} -m mark --mark 0/0x80000000`;
  const mark = hexOf(stockMark(refhim));
  return { text: `-I NEW_IPSEC_CONN 1 ${selector} -m comment --comment ${name} -j MARK --set-mark ${mark}` };
}

/** It asks for no priorities, so the kernel gives them: the later rule stands in front. */
export const STOCK_ROUTING = [
  'rule add from all fwmark 0x80000000/0x80000000 lookup 50',
  'rule add from all iif mast0 lookup main',
  'route add default dev mast0 table 50',
].map((command) => command.split(' '));

/** It writes the number of bit 31, which today's kernels refuse. */
export const STOCK_SRC_VALID_MARK = 'net.ipv4.conf.mast0.src_valid_mark=2147483648';

export function stockMark(refhim: number): number {
  const saref = toSaref(refhim);
  if (saref === undefined) throw new RangeError(`${String(refhim)} is no SAref`);
  return markOf(saref).value;
}

/** The mark of the newest conn between the two ends of a packet; 0 where there is none. */
export function newestMark(conns: readonly StockConn[], { src, dst }: Pick<Packet, 'src' | 'dst'>): number {
  const conn = conns.findLast(({ mine, peer }) => containsAddress(mine, src) && containsAddress(peer, dst));
  return conn === undefined ? 0 : stockMark(conn.refhim);
}
