import { cidrOf } from '../domain/address.ts';
import { connOf } from '../domain/conn-name.ts';
import type { Selector } from '../domain/selector.ts';
import { isBySender } from '../domain/sender.ts';
import type { NumberRange } from '../iptables/codecs/network.ts';
import type { Arg } from '../iptables/option.ts';
import type { Match, Rule } from '../iptables/rule.ts';
import { besideStray } from '../iptables/stray.ts';

/** Undefined where the rule asks for more than a selector can. */
export function selectorOf({ builtins, matches }: Rule): Selector | undefined {
  const { src, dst, protocol, inInterface, outInterface, fragment } = builtins;
  const beside = besideStray(matches);
  const parts = (beside ?? matches).map(partsOf);
  const options = [
    src,
    dst,
    protocol,
    inInterface,
    ...parts.flatMap((part) => Object.values(part ?? {}) as Arg<unknown>[]),
  ];
  const sides = [src, dst].map((side) => side && cidrOf(side.value));
  const isPlain =
    outInterface === undefined &&
    fragment === undefined &&
    options.every((option) => option?.negated !== true) &&
    !parts.includes(undefined) &&
    (src === undefined) === (sides[0] === undefined) &&
    (dst === undefined) === (sides[1] === undefined) &&
    inInterface?.value.endsWith('+') !== true;
  if (!isPlain) return undefined;
  const { sport, dport, dscp, uid, gid, cgroup } = Object.assign({}, ...parts) as Parts;
  const sender = { uid: uid?.value.first, gid: gid?.value.first, cgroup: cgroup && connOf(cgroup.value) };
  return {
    src: sides[0] && [sides[0]],
    dst: sides[1] && [sides[1]],
    protocol: protocol?.value,
    sport: sport?.value,
    dport: dport?.value,
    inInterface: inInterface?.value,
    ...(dscp && { dscp: dscp.value }),
    ...(beside && { isStray: true }),
    ...(isBySender(sender) && sender),
  };
}

interface Parts {
  readonly sport?: Arg<NonNullable<Selector['sport']>>;
  readonly dport?: Arg<NonNullable<Selector['dport']>>;
  readonly dscp?: Arg<number>;
  readonly uid?: Arg<NumberRange>;
  readonly gid?: Arg<NumberRange>;
  readonly cgroup?: Arg<string>;
}

/** What a match says, which may be nothing; undefined for one that asks for what no selector does. */
function partsOf(match: Match): Parts | undefined {
  switch (match.kind) {
    case 'mark':
    case 'comment':
      return {};
    case 'tcp':
    case 'udp': {
      const { sport, dport, ...rest } = match.options;
      if (Object.keys(rest).length > 0) return undefined;
      return {
        ...(sport && { sport: { ...sport, value: [sport.value] } }),
        ...(dport && { dport: { ...dport, value: [dport.value] } }),
      };
    }
    case 'multiport': {
      const { sports, dports, ports } = match.options;
      return ports === undefined
        ? { ...(sports && { sport: sports }), ...(dports && { dport: dports }) }
        : undefined;
    }
    case 'dscp':
      return match.options.dscp && { dscp: match.options.dscp };
    case 'owner':
      return ownerIn(match);
    case 'cgroup':
      return match.options.path && { cgroup: match.options.path };
    default:
      return undefined;
  }
}

function ownerIn({ options }: Extract<Match, { kind: 'owner' }>): Parts | undefined {
  const { uidOwner, gidOwner, ...others } = options;
  const isOne = [uidOwner, gidOwner].every((ids) => ids === undefined || ids.value.first === ids.value.last);
  if (!isOne || Object.keys(others).length > 0) return undefined;
  return { ...(uidOwner && { uid: uidOwner }), ...(gidOwner && { gid: gidOwner }) };
}
