import { STOCK_ROUTING as ROUTING, stockFrame } from '../../test/support/stock.ts';
import type { BenchConn } from './policy-text.ts';

/** Lines for `ip -batch`: what the stock script sets up before its rules. */
export const STOCK_ROUTING: readonly string[] = ROUTING.map((words) => words.join(' '));

/** The words of the stock script for a conn: what it inserts at the top when its SA comes up, and deletes. */
export function stockWords({ name, network, mark }: BenchConn): string[] {
  const selector = `--src 0.0.0.0/0 --dst ${network} -m mark --mark 0/0x80000000`;
  return `${selector} -j MARK --set-mark ${mark} -m comment --comment ${name}`.split(' ');
}

/** For iptables-restore: what the script leaves behind when all of them have come up, in this order. */
export function stockTable(conns: readonly BenchConn[]): string {
  const rules = conns.toReversed().map((conn) => `-A NEW_IPSEC_CONN ${stockWords(conn).join(' ')}`);
  return ['*mangle', ...stockFrame('yes').map(({ text }) => text), ...rules, 'COMMIT', ''].join('\n');
}

/** The entries of the policy as one would write them for ferm: it only compiles and loads them. */
export function fermText(conns: readonly BenchConn[]): string {
  return [
    'domain ip table mangle {',
    'chain (OUTPUT PREROUTING) jump ENTRIES;',
    'chain ENTRIES {',
    ...conns.map(
      ({ name, network, mark }) =>
        `daddr ${network} mod mark mark 0x0/0x80000000 mod comment comment "${name}" MARK set-xmark ${mark}/0xffff0000;`,
    ),
    '}',
    '}',
    '',
  ].join('\n');
}

/** Inbound SArefs as two lists: to which conn the flow belongs, and its zone of conntrack. */
export function inboundLists(conns: readonly BenchConn[]): string {
  const arrivals = conns.map(
    ({ name, inboundMark, mark }) =>
      `-A IN -m mark --mark ${inboundMark}/0xffff0000 -m conntrack --ctdir ORIGINAL -m comment --comment ${name} -j CONNMARK --set-xmark ${mark}/0xffff0000`,
  );
  const zones = conns.map(
    ({ name, inboundMark, refhim }) =>
      `-A ZONE -m mark --mark ${inboundMark}/0xffff0000 -m comment --comment ${name} -j CT --zone-orig ${String(refhim)}`,
  );
  return [
    ...['*raw', ':ZONE - [0:0]', '-A PREROUTING -i mast0 -j ZONE', ...zones, 'COMMIT'],
    ...['*mangle', ':IN - [0:0]', '-A PREROUTING -i mast0 -j IN', ...arrivals, 'COMMIT', ''],
  ].join('\n');
}
