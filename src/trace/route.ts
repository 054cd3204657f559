import { matchesMark } from '../domain/mark.ts';
import type { Mark } from '../domain/mark.ts';
import { oncePer } from '../domain/once.ts';
import type { Packet } from '../domain/packet.ts';
import type { IpRule } from '../host/ip-rule.ts';
import { printIpRule } from '../host/ip-rule.ts';
import type { Route } from '../host/route.ts';
import type { HostState } from '../host/state.ts';
import { markToMatch } from '../iptables/codecs/number.ts';

/** Where policy routing sends a packet. `main`: by the main table, to where is not looked at. */
export type Egress =
  { readonly kind: 'device'; readonly device: string } | { readonly kind: 'main' | 'local' | 'unreachable' };

export interface Routing {
  readonly egress: Egress;
  /** The ip rule that decided; undefined where none did. */
  readonly by: string | undefined;
  /** Rules and routes that may apply, taken as if they were not there. */
  readonly doubts: readonly string[];
}

/** The first rule whose table has a route for the packet decides (ip-rule(8)). */
export function routePacket(state: HostState, packet: Packet, nfmark: number): Routing {
  const doubts: string[] = [];
  for (const rule of state.ipRules) {
    const reading = readRule(rule, packet, nfmark);
    if (reading === 'unknown') doubts.push(printIpRule(rule));
    if (reading === 'unknown' || reading === 'no match') continue;
    const egress = reading.lookup === undefined ? unreachable : lookUp(state, packet, reading.lookup);
    if (egress === 'unknown') doubts.push(printIpRule(rule));
    else if (egress !== undefined) return { egress, by: printIpRule(rule), doubts };
  }
  return { egress: unreachable, by: undefined, doubts };
}

const unreachable: Egress = { kind: 'unreachable' };

type RuleReading = 'unknown' | 'no match' | { readonly lookup: string | undefined };

function readRule(rule: IpRule, packet: Packet, nfmark: number): RuleReading {
  const { selectors, lookup } = splitRule(rule);
  const device = packet.hook === 'OUTPUT' ? 'lo' : packet.inInterface;
  const truths = selectors.map(([word, value = '']) => {
    if (word === 'from' && value === 'all') return true;
    if (word === 'iif') return device === undefined ? undefined : device === value;
    const mark: Mark | undefined = word === 'fwmark' ? markToMatch.read(value, '') : undefined;
    return mark === undefined ? undefined : matchesMark(nfmark, mark);
  });
  if (truths.includes(false)) return 'no match';
  return truths.includes(undefined) ? 'unknown' : { lookup };
}

interface SplitRule {
  readonly selectors: readonly (readonly string[])[];
  readonly lookup: string | undefined;
}

/** Pairs of word and value, then what to do: `lookup TABLE` or `unreachable`. */
const splitRule = oncePer((rule: IpRule): SplitRule => {
  const words = rule.words.split(' ');
  const isLookup = words.at(-2) === 'lookup';
  const isUnreachable = words.at(-1) === 'unreachable';
  const pairs = words.slice(0, isLookup ? -2 : -1);
  const selectors = pairs.flatMap((word, index) => (index % 2 === 0 ? [[word, pairs[index + 1] ?? '']] : []));
  if (isLookup) return { selectors, lookup: words.at(-1) };
  return { selectors, lookup: isUnreachable ? undefined : 'unknown' };
});

function lookUp(state: HostState, packet: Packet, table: string): Egress | undefined | 'unknown' {
  if (table === 'local') return packet.dstIsLocal ? { kind: 'local' } : undefined;
  if (table === 'main') return { kind: 'main' };
  if (table === 'default') return undefined;
  return table === String(state.routes.table) ? bestRoute(state.routes.routes) : 'unknown';
}

/** Default routes alone are understood; the lowest metric wins. */
const bestRoute = oncePer((routes: readonly Route[]): Egress | undefined | 'unknown' => {
  const read = routes.map(readRoute);
  if (read.includes(undefined)) return 'unknown';
  const [best] = read.filter((route) => route !== undefined).sort((one, other) => one.metric - other.metric);
  return best?.egress;
});

function readRoute({ words }: Route): { readonly metric: number; readonly egress: Egress } | undefined {
  const { device, metric } = ROUTE.exec(words)?.groups ?? {};
  if (!ROUTE.test(words)) return undefined;
  return {
    metric: Number(metric ?? 0),
    egress: device === undefined ? unreachable : { kind: 'device', device },
  };
}

const ROUTE =
  /^(?:unreachable default|default dev (?<device>\S+)(?: scope link)?)(?: metric (?<metric>[0-9]+))?$/;
