import { connOf } from '../domain/conn-name.ts';
import { ipsecSelectors } from '../domain/ipsec.ts';
import type { PortRange } from '../domain/port-range.ts';
import { SAREF_BITS } from '../domain/mark.ts';
import { remembered } from '../domain/saref.ts';
import type { Selector } from '../domain/selector.ts';
import { commonOf, MADE_HERE } from '../domain/selector.ts';
import type { Match, Rule } from '../iptables/rule.ts';
import type { Table, TableRule } from '../iptables/table.ts';
import type { IpSets } from '../host/ip-set.ts';
import type { Clause, Decisions } from '../plan/clauses.ts';
import { NOBODY } from '../plan/clauses.ts';
import { ENTRIES } from './frame.ts';
import type { Held } from './lift-layout.ts';
import { inARow } from './lift-layout.ts';
import { liftOnward } from './lift-onward.ts';
import { selectorOf } from './lift-selector.ts';
import { exemptButFor, interleaved } from './lift-senders.ts';
import { isGuard, NO_MARK } from './marking-rule.ts';
import { LOCAL, SENT } from './senders.ts';

/** What the rules of a host say, as far as clauses can say it. */
export interface Lifted extends Decisions {
  /** Rules among them that say something else; what they do to a packet is not in the clauses. */
  readonly unread: readonly TableRule[];
}

/**
 * The way back from rules to what they mean: ours and those that the stock script leaves, in the order
 * in which a packet meets them in IPSEC, if it does.
 */
export function liftTable(table: Table, sets: IpSets = new Map()): Lifted {
  const held = { table, sets, guard: NO_MARK };
  const rules = rulesIn(table, 'IPSEC').flatMap((rule) =>
    jumpsTo(rule, 'NEW_IPSEC_CONN') ? rulesIn(table, 'NEW_IPSEC_CONN') : [rule],
  );
  const at = rules.findIndex((rule) => jumpsTo(rule, ENTRIES));
  const [own, behind] = at === -1 ? [[], []] : [inARow(ENTRIES, held), rules.slice(at + 1)];
  const front = at === -1 ? rules : rules.slice(0, at);
  const entries = own.flatMap((rule) => clausesIn(rule) ?? []);
  const before = [...ruledBy(front, []), ...exemptButFor(entries, ruledBy(behind, [])), ...entries];
  const local = sentRules(held);
  const onward = liftOnward(table, sets);
  return {
    clauses: interleaved(
      local.flatMap((rule) => (clausesIn(rule) ?? []).flatMap(madeHere)),
      reached(table, ruledBy(behind, before)),
    ),
    onward: onward.clauses,
    unread: [
      ...[...front, ...own, ...behind, ...local].filter((rule) => clausesIn(rule) === undefined),
      ...onward.unread,
    ],
  };
}

/** What packets of this host meet before the frame, if they do. */
function sentRules(held: Held): readonly TableRule[] {
  const { table } = held;
  const isReached = rulesIn(table, 'OUTPUT').some((rule) => jumpsTo(rule, SENT));
  return isReached
    ? rulesIn(table, SENT).flatMap((rule) => (jumpsTo(rule, LOCAL) ? inARow(LOCAL, held) : [rule]))
    : [];
}

function madeHere({ selector, outcome }: Clause): Clause[] {
  const common = commonOf(selector, { inInterface: MADE_HERE });
  return common === undefined ? [] : [{ selector: common, outcome }];
}

/**
 * The clauses of rules of others behind some that are there. Up to Openswan 2.6.28 the stock script's
 * rules ask no question, so that of two the later one decides, unless a rule between them leaves what
 * is marked alone.
 */
function ruledBy(rules: readonly TableRule[], before: readonly Clause[]): readonly Clause[] {
  const guardAt = rules.findIndex(leavesMarked);
  if (guardAt !== -1)
    return [...ruledBy(rules.slice(0, guardAt), before), ...ruledBy(rules.slice(guardAt + 1), [])];
  return rules.reduce<readonly Clause[]>((soFar, one) => {
    const own = clausesIn(one) ?? [];
    if (!marksAll(one)) return [...soFar, ...own];
    const exempt = soFar.findIndex(({ outcome }) => outcome !== undefined);
    return soFar.toSpliced(exempt === -1 ? soFar.length : exempt, 0, ...own);
  }, before);
}

/** Marked packets too. */
function marksAll({ rule }: TableRule): boolean {
  return rule.kind === 'rule' && rule.target?.kind === 'MARK' && !isGuarded(rule);
}

function rulesIn({ chains }: Table, chain: string): readonly TableRule[] {
  return chains.get(chain)?.rules ?? [];
}

/** Without conditions: a comment is none. */
function jumpsTo({ rule }: TableRule, chain: string): boolean {
  if (rule.kind === 'opaque' || rule.target?.kind !== 'jump' || rule.target.chain !== chain) return false;
  return Object.keys(rule.builtins).length === 0 && questionsOf(rule).length === 0;
}

function questionsOf({ matches }: Rule): readonly Match[] {
  return matches.filter(({ kind }) => kind !== 'comment');
}

function asksNoMark({ matches }: Rule): boolean {
  return !matches.some(({ kind }) => kind === 'mark');
}

/** Whether what follows is for packets alone that have no mark yet. */
function leavesMarked({ rule }: TableRule): boolean {
  if (rule.kind === 'opaque' || rule.target?.kind !== 'RETURN') return false;
  const [question, ...others] = questionsOf(rule);
  return question?.kind === 'mark' && others.length === 0;
}

/** Of those packets alone that come as far: jumps lead there from each of the two hooks. */
function reached(table: Table, clauses: readonly Clause[]): readonly Clause[] {
  const leads = (from: string, to: string): boolean => rulesIn(table, from).some((rule) => jumpsTo(rule, to));
  const isLocal = leads('OUTPUT', 'IPSEC');
  const isForwarded = leads('PREROUTING', 'IPSEC');
  const madeHere: Selector = { inInterface: MADE_HERE };
  if (isLocal && isForwarded) return [...acceptedBefore(table, madeHere), ...clauses];
  if (isForwarded) return [{ selector: madeHere, outcome: undefined }, ...clauses];
  return clauses.flatMap(({ selector, outcome }) => {
    const common = isLocal ? commonOf(selector, madeHere) : undefined;
    return common === undefined ? [] : [{ selector: common, outcome }];
  });
}

/** What OUTPUT accepts in front of its jump: the stock script lets IKE pass so. */
function acceptedBefore(table: Table, madeHere: Selector): Clause[] {
  const rules = rulesIn(table, 'OUTPUT');
  const front = rules.slice(
    0,
    rules.findIndex((rule) => jumpsTo(rule, 'IPSEC')),
  );
  return front.flatMap(({ rule }) => {
    const isAccepted = rule.kind === 'rule' && rule.target?.kind === 'ACCEPT';
    const selector = isAccepted ? selectorOf(rule) : undefined;
    return selector === undefined ? [] : [{ selector: { ...selector, ...madeHere }, outcome: undefined }];
  });
}

/** Undefined where clauses cannot say it. */
function clausesIn({ rule, origin }: TableRule): readonly Clause[] | undefined {
  if (rule.kind === 'opaque') return undefined;
  switch (rule.target?.kind) {
    case 'CONNMARK':
      // the memory of flows
      return [];
    case 'MARK': {
      const mark = rule.target.options.setXmark?.value;
      const selector = selectorOf(rule);
      const selectors = selector === undefined ? ownIpsecIn(rule) : [selector];
      if (
        mark === undefined ||
        !(isGuarded(rule) || asksNoMark(rule)) ||
        remembered(mark.mask).value !== SAREF_BITS
      )
        return undefined;
      const outcome = { conn: connIn(rule) ?? NOBODY, nfmark: remembered(mark.value).value, origin };
      return selectors?.map((one) => ({ selector: one, outcome }));
    }
    case 'RETURN':
      return exemptionsIn(rule);
    default:
      return undefined;
  }
}

/** Of marked packets and of those to this host clauses do not speak. */
function exemptionsIn(rule: Rule): readonly Clause[] | undefined {
  const matches = questionsOf(rule);
  const [first] = matches;
  if (
    matches.length === 1 &&
    (first?.kind === 'mark' || (first?.kind === 'addrtype' && first.options.dstType))
  )
    return [];
  return ownIpsecIn(rule)?.map((selector) => ({ selector, outcome: undefined }));
}

/** Of either end. */
function portsOf(match: Match | undefined): readonly PortRange[] {
  return match?.kind === 'multiport' ? (match.options.ports?.value ?? []) : [];
}

/** What a rule for the host's own IKE, ESP or AH is for; undefined for all other rules. */
function ownIpsecIn(rule: Rule): Selector[] | undefined {
  const isSource = (match: Match): boolean =>
    match.kind === 'addrtype' && match.options.srcType?.value.includes('LOCAL') === true;
  const [source, ends] = [
    rule.matches.find(isSource),
    rule.matches.find((match) => portsOf(match).length > 0),
  ];
  const others = rule.matches.filter((match) => match !== source && match !== ends);
  const rest = selectorOf({ ...rule, matches: others });
  if (source === undefined || rest?.protocol === undefined) return undefined;
  const ports = portsOf(ends);
  const own = ipsecSelectors(ports.map(({ first: port }) => port)).flatMap((selector) => {
    const common = commonOf(rest, { ...selector, inInterface: MADE_HERE });
    return common === undefined ? [] : [common];
  });
  return own.length === 0 ? undefined : own;
}

function connIn({ matches }: Rule): string | undefined {
  const comment = matches.find((match) => match.kind === 'comment')?.options.comment?.value;
  return comment === undefined ? undefined : connOf(comment);
}

/** All of ours are, and the stock script's of Openswan 2.6.29 and later. */
function isGuarded({ matches }: Rule): boolean {
  return matches.some(isGuard);
}
