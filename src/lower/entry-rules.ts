import type { Cidr } from '../domain/cidr.ts';
import { maskedOf } from '../domain/address.ts';
import type { MaskedAddress } from '../domain/address.ts';
import { commentOf } from '../domain/conn-name.ts';
import { UNMARKED } from '../domain/mark.ts';
import type { PortRange } from '../domain/port-range.ts';
import { isEveryPort } from '../domain/port-range.ts';
import { TCP, UDP } from '../domain/protocol.ts';
import type { Selector } from '../domain/selector.ts';
import { isMadeHere } from '../domain/selector.ts';
import { isBySomebody } from '../domain/sender.ts';
import { arg, commented, marked, rule } from '../iptables/build.ts';
import type { Arg } from '../iptables/option.ts';
import type { Match, Rule, Target } from '../iptables/rule.ts';
import { STRAY } from '../iptables/stray.ts';
import type { ActiveEntry } from '../plan/plan.ts';
import { portMatches } from './ports.ts';

/** The guard makes the first entry win: MARK does not end a chain. */
export function entryRules({ conn, selector, decision: { mark } }: ActiveEntry): Rule[] {
  return selectorRules(selector, {
    matches: [marked(UNMARKED), commented(commentOf(conn))],
    target: { kind: 'MARK', options: { setXmark: arg(mark) } },
  });
}

/**
 * A sender decides for its flow in either tracking, for what is left of a socket that its program has closed
 * has no sender. In front of the rules for the packet: to mark what is remembered would not do, for a packet
 * that conntrack takes for invalid has no memory.
 */
export function senderRules({ conn, selector, decision: { mark } }: ActiveEntry): Rule[] {
  if (!isBySomebody(selector)) return [];
  return selectorRules(selector, {
    matches: [marked(UNMARKED), commented(commentOf(conn))],
    target: { kind: 'CONNMARK', options: { setXmark: arg(mark) } },
  });
}

/**
 * One rule for each way to take one network of src, one of dst, and ports that fit into one match: a
 * rule takes one of each.
 */
export function selectorRules(
  selector: Selector,
  { matches, target }: { readonly matches: readonly Match[]; readonly target: Target },
): Rule[] {
  const { src, dst, protocol, inInterface } = selector;
  const builtins = {
    ...(inInterface !== undefined && !isMadeHere(selector) && { inInterface: arg(inInterface) }),
    ...(protocol !== undefined && { protocol: arg(protocol) }),
  };
  return sidesOf(src).flatMap((from) =>
    sidesOf(dst).flatMap((to) =>
      portsOf(selector).map((ports) =>
        rule([...ports, ...besideMatches(selector), ...matches], target, {
          ...(from && { src: from }),
          ...(to && { dst: to }),
          ...builtins,
        }),
      ),
    ),
  );
}

function besideMatches({ dscp, isStray, uid, gid, cgroup }: Selector): Match[] {
  const ids = {
    ...(uid !== undefined && { uidOwner: arg(only(uid)) }),
    ...(gid !== undefined && { gidOwner: arg(only(gid)) }),
  };
  return [
    ...(dscp === undefined ? [] : [{ kind: 'dscp', options: { dscp: arg(dscp) } } as const]),
    ...(isStray === true ? STRAY : []),
    ...(Object.keys(ids).length === 0 ? [] : [{ kind: 'owner', options: ids } as const]),
    ...(cgroup === undefined ? [] : [{ kind: 'cgroup', options: { path: arg(commentOf(cgroup)) } } as const]),
  ];
}

function only(id: number): { readonly first: number; readonly last: number } {
  return { first: id, last: id };
}

/** Undefined for every address, which iptables leaves out. */
function sidesOf(networks: readonly Cidr[] | undefined): (Arg<MaskedAddress> | undefined)[] {
  if (networks === undefined || networks.some(({ prefix }) => prefix === 0)) return [undefined];
  return networks.map((network) => arg(maskedOf(network)));
}

/** The matches of one rule in each item; at least one item, of none. */
function portsOf({ protocol, ...ranges }: Selector): Match[][] {
  const [sport, dport] = [narrower(ranges.sport), narrower(ranges.dport)];
  const own = ownMatch(protocol, sport, dport);
  if (own !== undefined) return [own];
  const sources = sport === undefined ? [[]] : portMatches('sports', sport).map((match) => [match]);
  const destinations = dport === undefined ? [[]] : portMatches('dports', dport).map((match) => [match]);
  return sources.flatMap((from) => destinations.map((to) => [...from, ...to]));
}

/** Undefined for every port, which iptables leaves out too. */
function narrower(ranges: readonly PortRange[] | undefined): readonly PortRange[] | undefined {
  return ranges?.some(isEveryPort) === true ? undefined : ranges;
}

/** tcp and udp ask for one range on each side themselves, which reads better than multiport. */
function ownMatch(
  protocol: number | undefined,
  sport: readonly PortRange[] | undefined,
  dport: readonly PortRange[] | undefined,
): Match[] | undefined {
  const kind = protocol === TCP ? 'tcp' : protocol === UDP ? 'udp' : undefined;
  const [[from, ...more] = [], [to, ...others] = []] = [sport, dport];
  if (kind === undefined || more.length + others.length > 0) return undefined;
  const options = { ...(from && { sport: arg(from) }), ...(to && { dport: arg(to) }) };
  return from === undefined && to === undefined ? [] : [{ kind, options }];
}
