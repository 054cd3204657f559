import { toCidr } from '../domain/cidr.ts';
import type { Way } from '../plan/checks/alias-route.ts';

/**
 * What leads nowhere or to everybody is no way to a host. With -N types are numbers in some versions of
 * iproute2: RTN_UNICAST is 1, RTN_LOCAL 2 (linux/rtnetlink.h).
 */
const NETWORK = /^(?:unicast |local |[12] )?([0-9./]+)(?= |$)/;

/** The text of `ip -4 -N route show table all`, or of one table, without default routes: by these everybody has a way. */
export function parseWays(text: string): Way[] {
  return text.split('\n').flatMap((line) => {
    const words = line.trim();
    const reading = toCidr(NETWORK.exec(words)?.[1] ?? '');
    if (reading.kind !== 'cidr' || reading.cidr.prefix === 0) return [];
    const [device, table] = [/ dev (\S+)/, / table ([0-9]+)/].map((form) => form.exec(words)?.[1]);
    return [{ network: reading.cidr, device, table: table === undefined ? undefined : Number(table), words }];
  });
}
