import type { BenchHost } from './host.ts';
import { iptables } from './host.ts';
import { stockWords } from './peer-text.ts';
import type { BenchConn } from './policy-text.ts';
import { taken } from './run.ts';

/** What the stock script asks for as an SA comes or goes (checkipsec in _updown.mast of Openswan 3.0.0). */
function questions(host: BenchHost): (readonly [string, ...string[]])[] {
  const list = (chain: string): [string, ...string[]] => iptables(host, '-n', '-L', chain);
  return [
    list('IPSEC'),
    list('NEW_IPSEC_CONN'),
    list('IPSEC'),
    ['ip', 'rule', 'show'],
    ['ip', 'route', 'show', 'table', '50'],
    list('OUTPUT'),
    list('PREROUTING'),
  ];
}

/** Its calls for an SA that comes up, one after the other. @returns ms, without the shell around them */
export function spdadd(host: BenchHost, conn: BenchConn): Promise<number> {
  return called(host, ['-I', 'NEW_IPSEC_CONN', '1', ...stockWords(conn)]);
}

/** And for one that goes. */
export function spddel(host: BenchHost, conn: BenchConn): Promise<number> {
  return called(host, ['-D', 'NEW_IPSEC_CONN', ...stockWords(conn)]);
}

async function called(host: BenchHost, edit: readonly string[]): Promise<number> {
  let sum = 0;
  for (const argv of [...questions(host), iptables(host, ...edit)]) sum += (await taken(host, argv)).ms;
  return sum;
}
