import { toCidr } from '../domain/cidr.ts';
import type { Way } from '../plan/checks/alias-route.ts';

/** What leads nowhere or to everybody is no way to a host. */
const NETWORK = /^(?:unicast |local )?([0-9./]+)(?= |$)/;

/** The text of `ip -4 -N route show table all`, without default routes: by these everybody has a way. */
export function parseWays(text: string): Way[] {
  return text.split('\n').flatMap((line) => {
    const words = line.trim();
    const reading = toCidr(NETWORK.exec(words)?.[1] ?? '');
    if (reading.kind !== 'cidr' || reading.cidr.prefix === 0) return [];
    const [device, table] = [/ dev (\S+)/, / table ([0-9]+)/].map((form) => form.exec(words)?.[1]);
    return [{ network: reading.cidr, device, table: table === undefined ? undefined : Number(table), words }];
  });
}
