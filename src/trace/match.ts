import { matchesMasked } from '../domain/address.ts';
import { commentOf } from '../domain/conn-name.ts';
import { matchesMark } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import type { PortRange } from '../domain/port-range.ts';
import { containsPort } from '../domain/port-range.ts';
import { TCP, UDP } from '../domain/protocol.ts';
import { isInCgroup } from '../domain/sender.ts';
import type { AddressType, NumberRange } from '../iptables/codecs/network.ts';
import type { Arg } from '../iptables/option.ts';
import type { AnyRule, Match, Rule } from '../iptables/rule.ts';
import { besideStray } from '../iptables/stray.ts';
import type { Truth } from './truth.ts';
import { all, any, not, truthOf } from './truth.ts';

/** A packet at one point of its way. An interface is '' where there is none, undefined where it is not known. */
export interface Sighting {
  readonly packet: Packet;
  readonly nfmark: number;
  readonly ctmark: number;
  readonly inInterface: string | undefined;
  readonly outInterface: string | undefined;
  /** Where that is not known: devices that it is not. */
  readonly otherThan?: readonly string[];
}

export function matchesRule(rule: AnyRule, sighting: Sighting): Truth {
  if (rule.kind === 'opaque') return 'maybe';
  const besides = besideStray(rule.matches);
  return all([
    matchesBuiltins(rule.builtins, sighting),
    ...(besides === undefined ? [] : [truthOf(sighting.packet.isStray === true)]),
    ...(besides ?? rule.matches).map((match) => matches(match, sighting)),
  ]);
}

function matchesBuiltins(builtins: Rule['builtins'], sighting: Sighting): Truth {
  const { packet, inInterface, outInterface, otherThan } = sighting;
  const { src, dst, protocol } = builtins;
  return all([
    holds(src, (network) => truthOf(matchesMasked(packet.src, network))),
    holds(dst, (network) => truthOf(matchesMasked(packet.dst, network))),
    holds(protocol, (number) => truthOf(number === packet.protocol)),
    holds(builtins.fragment, () => 'no'),
    holds(builtins.inInterface, (pattern) => matchesInterface(pattern, inInterface)),
    holds(builtins.outInterface, (pattern) =>
      outInterface === undefined && otherThan?.includes(pattern)
        ? 'no'
        : matchesInterface(pattern, outInterface),
    ),
  ]);
}

/** An option that a rule does not have holds for every packet. */
function holds<T>(arg: Arg<T> | undefined, test: (value: T) => Truth): Truth {
  if (arg === undefined) return 'yes';
  return arg.negated ? not(test(arg.value)) : test(arg.value);
}

/** A trailing `+` stands for any rest. */
function matchesInterface(pattern: string, name: string | undefined): Truth {
  if (name === undefined) return 'maybe';
  return truthOf(pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern);
}

function matches(match: Match, { packet, nfmark, ctmark }: Sighting): Truth {
  switch (match.kind) {
    case 'comment':
      return 'yes';
    case 'mark':
      return holds(match.options.mark, (mark) => truthOf(matchesMark(nfmark, mark)));
    case 'connmark':
      return holds(match.options.mark, (mark) => truthOf(matchesMark(ctmark, mark)));
    case 'tcp':
    case 'udp':
      return matchesPorts(match, packet);
    case 'multiport': {
      const { sports, dports, ports } = match.options;
      return all([
        holds(sports, (ranges) => inRanges(packet.sport, ranges)),
        holds(dports, (ranges) => inRanges(packet.dport, ranges)),
        holds(ports, (ranges) => any([inRanges(packet.sport, ranges), inRanges(packet.dport, ranges)])),
      ]);
    }
    case 'addrtype': {
      const { srcType, dstType, limitIfaceIn, limitIfaceOut } = match.options;
      return all([
        holds(srcType, (types) => hasType(types, packet.srcIsLocal)),
        holds(dstType, (types) => hasType(types, packet.dstIsLocal)),
        holds(limitIfaceIn ?? limitIfaceOut, () => 'maybe'),
      ]);
    }
    case 'conntrack': {
      const { ctdir, ...others } = match.options;
      const direction = packet.direction === 'reply' ? 'REPLY' : 'ORIGINAL';
      const isAsked = holds(ctdir, (value) => truthOf(value === direction));
      return all([isAsked, Object.keys(others).length > 0 ? 'maybe' : 'yes']);
    }
    case 'owner': {
      const { uidOwner, gidOwner, ...others } = match.options;
      return all([
        holds(uidOwner, (ids) => truthOf(isWithin(packet.uid, ids))),
        holds(gidOwner, (ids) => truthOf(isWithin(packet.gid, ids))),
        Object.keys(others).length > 0 ? 'maybe' : 'yes',
      ]);
    }
    case 'cgroup': {
      const { path, cgroup } = match.options;
      return all([
        holds(path, (one) =>
          truthOf(packet.cgroup !== undefined && isInCgroup(commentOf(packet.cgroup), one)),
        ),
        holds(cgroup, () => 'maybe'),
      ]);
    }
    case 'dscp':
      return holds(match.options.dscp, (value) => truthOf(value === (packet.dscp ?? 0)));
    default:
      return 'maybe';
  }
}

function isWithin(id: number | undefined, { first, last }: NumberRange): boolean {
  return id !== undefined && first <= id && id <= last;
}

function matchesPorts(match: Extract<Match, { kind: 'tcp' | 'udp' }>, packet: Packet): Truth {
  const { sport, dport } = match.options;
  const ofSport = holds(sport, (range) => inRanges(packet.sport, [range]));
  const ofDport = holds(dport, (range) => inRanges(packet.dport, [range]));
  const isProtocol = truthOf(packet.protocol === (match.kind === 'tcp' ? TCP : UDP));
  const asksMore = match.kind === 'tcp' && (match.options.tcpFlags ?? match.options.tcpOption) !== undefined;
  const isAmbiguous = ofSport !== ofDport && isOnePortNegated(sport) && isOnePortNegated(dport);
  return all([
    isProtocol,
    ...(isAmbiguous ? (['maybe'] as const) : [ofSport, ofDport]),
    asksMore ? 'maybe' : 'yes',
  ]);
}

/**
 * Two of them, `! --sport 1 ! --dport 2`, should mean "neither", and iptables-nft 1.8.9 makes "not both"
 * of it: it compares both ports at once (add_nft_tcpudp in iptables/nft.c). Other than port 0.
 */
function isOnePortNegated(port: Arg<PortRange> | undefined): boolean {
  return port?.negated === true && port.value.first === port.value.last && port.value.first > 0;
}

function inRanges(port: number | undefined, ranges: readonly PortRange[]): Truth {
  return port === undefined ? 'no' : truthOf(ranges.some((range) => containsPort(range, port)));
}

/** A local address has that type and no other; what another address is, its routes say. */
function hasType(types: readonly AddressType[], isLocal: boolean): Truth {
  if (isLocal) return truthOf(types.includes('LOCAL'));
  return types.every((type) => type === 'LOCAL') ? 'no' : 'maybe';
}
