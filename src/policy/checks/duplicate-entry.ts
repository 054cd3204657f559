import type { Cidr } from '../../domain/cidr.ts';
import { cidrText, overlaps } from '../../domain/cidr.ts';
import { containsPort } from '../../domain/port-range.ts';
import { hasPorts, UDP } from '../../domain/protocol.ts';
import type { Selector } from '../../domain/selector.ts';
import { keyOf } from '../../domain/selector.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { networksOf } from '../sides.ts';
import type { Entry, Policy } from '../policy.ts';
import { entryIndexOf } from './entry-index.ts';

/** SM1302: two entries for the same packets; the first decides, the second never does. */
export function checkDuplicateEntry(policy: Policy): Diagnostic[] {
  // nothing is there twice where nothing overlaps
  if (entryIndexOf(policy).behindOthers.length === 0) return [];
  const firsts = new Map<string, Entry>();
  return policy.entries.flatMap((entry) => {
    if (entry.selector === undefined) return [];
    const selector = keyOf(entry.selector);
    // an entry that is skipped while its conn is down leaves its packets to the next one, be that the
    // next of a failover pair or one that blocks them: it stands in the way of its like alone
    const key = entry.down === 'skip' ? `${selector} ${entry.conn.value}` : selector;
    const first = firsts.get(selector) ?? firsts.get(key);
    if (first !== undefined) return [duplicate(policy, { ...entry, selector: entry.selector }, first)];
    firsts.set(key, entry);
    return [];
  });
}

type Later = Entry & { readonly selector: Selector };

function duplicate(policy: Policy, entry: Later, first: Entry): Diagnostic {
  const isSameConn = entry.conn.value === first.conn.value;
  return {
    code: 'SM1302',
    labels: [
      { span: entry.conn.span, text: 'matches the same packets' },
      { span: first.conn.span, text: 'as this entry, which comes first and decides' },
    ],
    ...(!isSameConn && isL2tp(entry.selector) && { detail: OF_L2TP }),
    help: isSameConn ? 'delete one of the two' : waysToTellApart(policy, entry),
  };
}

const OF_L2TP =
  'In transport mode two L2TP clients behind one NAT have the same selectors, and differ by their SArefs alone. Answers go by the tunnel that asked, and xl2tpd names the SA of what it sends (ipsec saref = yes).';

const L2TP_PORT = 1701;

function isL2tp({ protocol, sport = [], dport = [] }: Selector): boolean {
  return protocol === UDP && [...sport, ...dport].some((range) => containsPort(range, L2TP_PORT));
}

/** Each line can be pasted into one of the two, but for the last ones. */
function waysToTellApart(policy: Policy, { conn, selector }: Later): string {
  const { protocol, dst = [] } = selector;
  const isPortless = protocol !== undefined && !hasPorts(protocol);
  const alias = freeNetwork(policy, dst);
  const ways: (readonly [string, string])[] = [
    ['user: backup', 'who sends, by name or number'],
    ['group: backup', 'the group that the program runs with'],
    ['cgroup: system.slice/backup.service', 'or the unit that it belongs to'],
    ['src: 10.9.1.7', 'the address that it is bound to'],
    ...(protocol === undefined ? [['proto: udp', 'its protocol'] as const] : []),
    ...(isPortless
      ? []
      : [['sport: 40000-40999', `its ports${protocol ? '' : ', with that protocol'}`] as const]),
    ['dscp: af31', 'the class that it asks for'],
    ['in: eth1', `by which device it comes in; ${policy.mast.interface}: from another client`],
    ...(alias ? [[`alias: ${cidrText(alias)}`, 'another name for the network'] as const] : []),
    ['socket: saref', 'the program names the SA itself'],
    ['down: skip', 'the first one steps aside while its conn is down'],
    ['ref: 21', 'in sarefs, beside refhim: answers go by the tunnel that asked'],
    [`saref-mark exec --conn ${conn.value} -- nc 192.168.0.10 80`, 'one program'],
  ];
  const width = Math.max(...ways.slice(0, -1).map(([line]) => line.length));
  const lines = ways.map(([line, what]) => `${line.padEnd(width)}  # ${what}`);
  return ['give one of them what the other has not:', ...lines].join('\n');
}

/** 10.101.0.0 and what follows it. */
const FIRST_ALIAS = 0x0a650000;
const MOST_TRIES = 100;

/** Of the size of the only network there is, and not in use. */
function freeNetwork(policy: Policy, [real, ...others]: readonly Cidr[]): Cidr | undefined {
  if (real === undefined || others.length > 0 || real.prefix < 16) return undefined;
  const used = networksOf(policy).flatMap(({ value }) => (value.kind === 'cidr' ? [value.cidr] : []));
  const tries = Array.from({ length: MOST_TRIES }, (_, index) => ({
    address: FIRST_ALIAS + index * 0x10000,
    prefix: real.prefix,
  }));
  return tries.find((network) => !used.some((one) => one.prefix > 0 && overlaps(one, network)));
}
