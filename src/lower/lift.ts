import { cidrOf } from '../domain/address.ts';
import { connOf } from '../domain/conn-name.ts';
import { ipsecSelectors } from '../domain/ipsec.ts';
import { SAREF_BITS, UNMARKED } from '../domain/mark.ts';
import { remembered } from '../domain/saref.ts';
import type { Selector } from '../domain/selector.ts';
import { commonOf, MADE_HERE } from '../domain/selector.ts';
import type { Arg } from '../iptables/option.ts';
import type { Match, Rule } from '../iptables/rule.ts';
import type { Table, TableRule } from '../iptables/table.ts';
import type { Clause } from '../plan/clauses.ts';
import { NOBODY } from '../plan/clauses.ts';
import { ENTRIES } from './frame.ts';

/** What the rules of a host say, as far as clauses can say it. */
export interface Lifted {
  readonly clauses: readonly Clause[];
  /** Rules among them that say something else; what they do to a packet is not in the clauses. */
  readonly unread: readonly TableRule[];
}

/**
 * The way back from rules to what they mean: ours and those that the stock script of Openswan 2.6.29
 * and later leaves, in the order in which a packet meets them in NEW_IPSEC_CONN, if it does.
 */
export function liftTable(table: Table): Lifted {
  const rules = rulesIn(table, 'NEW_IPSEC_CONN').flatMap((rule) =>
    jumpsTo(rule, ENTRIES) ? rulesIn(table, ENTRIES) : [rule],
  );
  const read = rules.map((rule) => ({ rule, clauses: clausesIn(rule) }));
  return {
    clauses: reached(
      table,
      read.flatMap(({ clauses }) => clauses ?? []),
    ),
    unread: read.filter(({ clauses }) => clauses === undefined).map(({ rule }) => rule),
  };
}

function rulesIn({ chains }: Table, chain: string): readonly TableRule[] {
  return chains.get(chain)?.rules ?? [];
}

/** Without conditions: a comment is none. */
function jumpsTo({ rule }: TableRule, chain: string): boolean {
  if (rule.kind === 'opaque' || rule.target?.kind !== 'jump' || rule.target.chain !== chain) return false;
  return Object.keys(rule.builtins).length === 0 && rule.matches.every(({ kind }) => kind === 'comment');
}

/** Of those packets alone that come as far: jumps lead there from each of the two hooks. */
function reached(table: Table, clauses: readonly Clause[]): readonly Clause[] {
  const leads = (from: string, to: string): boolean => rulesIn(table, from).some((rule) => jumpsTo(rule, to));
  const isFramed = leads('IPSEC', 'NEW_IPSEC_CONN');
  const isLocal = isFramed && leads('OUTPUT', 'IPSEC');
  const isForwarded = isFramed && leads('PREROUTING', 'IPSEC');
  if (isLocal && isForwarded) return clauses;
  const madeHere: Selector = { inInterface: MADE_HERE };
  if (isForwarded) return [{ selector: madeHere, outcome: undefined }, ...clauses];
  return clauses.flatMap(({ selector, outcome }) => {
    const common = isLocal ? commonOf(selector, madeHere) : undefined;
    return common === undefined ? [] : [{ selector: common, outcome }];
  });
}

/** Undefined where clauses cannot say it. */
function clausesIn({ rule, origin }: TableRule): readonly Clause[] | undefined {
  if (rule.kind === 'opaque') return undefined;
  switch (rule.target?.kind) {
    case 'CONNMARK':
      // the memory of flows
      return [];
    case 'RETURN':
      return exemptionsIn(rule);
    case 'MARK': {
      const mark = rule.target.options.setXmark?.value;
      const selector = selectorOf(rule);
      if (
        mark === undefined ||
        selector === undefined ||
        !isGuarded(rule) ||
        remembered(mark.mask).value !== SAREF_BITS
      )
        return undefined;
      const outcome = { conn: connIn(rule) ?? NOBODY, nfmark: remembered(mark.value).value, origin };
      return [{ selector, outcome }];
    }
    default:
      return undefined;
  }
}

/** Of marked packets and of those to this host clauses do not speak. */
function exemptionsIn({ matches, builtins }: Rule): readonly Clause[] | undefined {
  const [first] = matches;
  if (
    matches.length === 1 &&
    (first?.kind === 'mark' || (first?.kind === 'addrtype' && first.options.dstType))
  )
    return [];
  const isOwn = matches.some(
    (match) => match.kind === 'addrtype' && match.options.srcType?.value.includes('LOCAL'),
  );
  const ports = matches.find((match) => match.kind === 'multiport')?.options.ports?.value ?? [];
  const protocol = builtins.protocol?.value;
  if (!isOwn || protocol === undefined) return undefined;
  const own = ipsecSelectors(ports.map(({ first: port }) => port)).filter(
    (selector) => selector.protocol === protocol,
  );
  return own.map((selector) => ({ selector: { ...selector, inInterface: MADE_HERE }, outcome: undefined }));
}

function isGuarded({ matches }: Rule): boolean {
  return matches.some((match) => {
    const mark = match.kind === 'mark' ? match.options.mark : undefined;
    return (
      mark?.negated === false && mark.value.value === UNMARKED.value && mark.value.mask === UNMARKED.mask
    );
  });
}

function connIn({ matches }: Rule): string | undefined {
  const comment = matches.find((match) => match.kind === 'comment')?.options.comment?.value;
  return comment === undefined ? undefined : connOf(comment);
}

/** Undefined where the rule asks for more than a selector can. */
function selectorOf({ builtins, matches }: Rule): Selector | undefined {
  const { src, dst, protocol, inInterface, outInterface, fragment } = builtins;
  const parts = matches.map(portsOf);
  const options = [src, dst, protocol, inInterface, ...parts.flatMap((part) => [part?.sport, part?.dport])];
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
  const ports = Object.assign({}, ...parts) as Ports;
  return {
    src: sides[0] && [sides[0]],
    dst: sides[1] && [sides[1]],
    protocol: protocol?.value,
    sport: ports.sport?.value,
    dport: ports.dport?.value,
    inInterface: inInterface?.value,
  };
}

interface Ports {
  readonly sport?: Arg<NonNullable<Selector['sport']>>;
  readonly dport?: Arg<NonNullable<Selector['dport']>>;
}

/** What a match says of ports, which may be nothing; undefined for one that asks for something else. */
function portsOf(match: Match): Ports | undefined {
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
    default:
      return undefined;
  }
}
