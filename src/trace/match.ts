import { containsAddress } from '../domain/cidr.ts';
import { matchesMark } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import type { PortRange } from '../domain/port-range.ts';
import { containsPort } from '../domain/port-range.ts';
import { toProtocol, UDP } from '../domain/protocol.ts';
import type { AddressType } from '../iptables/codecs.ts';
import type { AnyRule, Arg, Match, Rule } from '../iptables/rule.ts';
import type { Truth } from './truth.ts';
import { all, any, not, truthOf } from './truth.ts';

/** A packet at one point of its way. An interface is '' where there is none, undefined where it is not known. */
export interface Sighting {
  readonly packet: Packet;
  readonly nfmark: number;
  readonly inInterface: string | undefined;
  readonly outInterface: string | undefined;
}

export function matchesRule(rule: AnyRule, sighting: Sighting): Truth {
  if (rule.kind === 'opaque') return 'maybe';
  return all([
    matchesBuiltins(rule.builtins, sighting),
    ...rule.matches.map((match) => matches(match, sighting)),
  ]);
}

function matchesBuiltins(builtins: Rule['builtins'], { packet, inInterface, outInterface }: Sighting): Truth {
  const { src, dst, protocol } = builtins;
  return all([
    holds(src, (network) => truthOf(containsAddress(network, packet.src))),
    holds(dst, (network) => truthOf(containsAddress(network, packet.dst))),
    holds(protocol, (word) => matchesProtocol(word, packet.protocol)),
    holds(builtins.inInterface, (pattern) => matchesInterface(pattern, inInterface)),
    holds(builtins.outInterface, (pattern) => matchesInterface(pattern, outInterface)),
  ]);
}

/** An option that a rule does not have holds for every packet. */
function holds<T>(arg: Arg<T> | undefined, test: (value: T) => Truth): Truth {
  if (arg === undefined) return 'yes';
  return arg.negated ? not(test(arg.value)) : test(arg.value);
}

function matchesProtocol(word: string, protocol: number): Truth {
  const wanted = toProtocol(word);
  return wanted === undefined ? 'maybe' : truthOf(wanted === protocol);
}

/** A trailing `+` stands for any rest. */
function matchesInterface(pattern: string, name: string | undefined): Truth {
  if (name === undefined) return 'maybe';
  return truthOf(pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern);
}

function matches(match: Match, { packet, nfmark }: Sighting): Truth {
  switch (match.kind) {
    case 'comment':
      return 'yes';
    case 'mark':
      return holds(match.options.mark, (mark) => truthOf(matchesMark(nfmark, mark)));
    case 'udp': {
      const { sport, dport } = match.options;
      return all([
        truthOf(packet.protocol === UDP),
        holds(sport, (range) => inRanges(packet.sport, [range])),
        holds(dport, (range) => inRanges(packet.dport, [range])),
      ]);
    }
    case 'multiport': {
      const { sports, dports, ports } = match.options;
      return all([
        holds(sports, (ranges) => inRanges(packet.sport, ranges)),
        holds(dports, (ranges) => inRanges(packet.dport, ranges)),
        holds(ports, (ranges) => any([inRanges(packet.sport, ranges), inRanges(packet.dport, ranges)])),
      ]);
    }
    case 'addrtype': {
      const { srcType, dstType } = match.options;
      return all([
        holds(srcType, (types) => hasType(types, packet.srcIsLocal)),
        holds(dstType, (types) => hasType(types, packet.dstIsLocal)),
      ]);
    }
    case 'opaque':
      return 'maybe';
    /* c8 ignore next 2 */
    default:
      return match satisfies never;
  }
}

function inRanges(port: number | undefined, ranges: readonly PortRange[]): Truth {
  return port === undefined ? 'no' : truthOf(ranges.some((range) => containsPort(range, port)));
}

/** A local address has that type and no other; what another address is, its routes say. */
function hasType(types: readonly AddressType[], isLocal: boolean): Truth {
  if (isLocal) return truthOf(types.includes('LOCAL'));
  return types.every((type) => type === 'LOCAL') ? 'no' : 'maybe';
}
