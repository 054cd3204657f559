import { cidrOf } from '../domain/address.ts';
import { mappedInto } from '../domain/cidr.ts';
import type { Mark } from '../domain/mark.ts';
import { complementOf, commonOf, moveMark, SAREF_BITS, setXmark, WHOLE_MARK } from '../domain/mark.ts';
import type { IpSets, SetElement } from '../host/ip-set.ts';
import { elementText } from '../host/ip-set-text.ts';
import type { Rule, Target } from '../iptables/rule.ts';
import type { Table, TableRule } from '../iptables/table.ts';
import { candidatesOf } from './candidates.ts';
import { lookUp } from './look-up.ts';
import type { Sighting } from './match.ts';
import { matchesRule } from './match.ts';

/** A rule that the packet matched, and the marks of packet and flow after it. */
export interface Visit {
  readonly table: string;
  readonly chain: string;
  /** Counted from 1, as iptables does. */
  readonly number: number;
  readonly text: string;
  readonly nfmark: number;
  readonly ctmark: number;
  /** Where the rule asks a set, the element that the packet was found by, as ipset adds it. */
  readonly element?: string;
  /** Who caused the rule, or the element, if that is known. */
  readonly origin: TableRule['origin'];
}

/** What became of a packet in one hook. */
export interface Walk {
  readonly verdict: 'ACCEPT' | 'DROP';
  readonly nfmark: number;
  readonly ctmark: number;
  /** The conntrack zone of its flow, in the direction in which it goes; undefined where no rule gives it one. */
  readonly zone: number | undefined;
  /** As the packet has it then. */
  readonly dst: number;
  readonly path: readonly Visit[];
  /** Rules that may match and change the way, or whose target is unknown here: taken as if they were not there. */
  readonly doubts: readonly string[];
}

/** How a chain ends: RETURN hands the packet back to where the chain was jumped to from. */
type End = 'ACCEPT' | 'DROP' | 'RETURN';

/** A table, and the sets that its rules may ask. */
export interface Ruleset {
  readonly table: Table;
  readonly sets: IpSets;
}

/** What is seen of the packet where it is just now, too. */
interface Way extends Ruleset, Sighting {
  nfmark: number;
  ctmark: number;
  zone: number | undefined;
  dst: number;
  readonly path: Visit[];
  readonly doubts: string[];
  /** The chains that the packet is in just now. */
  readonly open: string[];
}

/** Through one base chain of a table, and the chains that it reaches. */
export function walkChain({ table, sets }: Ruleset, base: string, sighting: Sighting): Walk {
  const [path, doubts]: [Visit[], string[]] = [[], []];
  const { dst: sent } = sighting.packet;
  const way: Way = { ...sighting, table, sets, dst: sent, zone: undefined, path, doubts, open: [] };
  const end = enter(way, base);
  const policy = table.chains.get(base)?.policy === 'DROP' ? 'DROP' : 'ACCEPT';
  const verdict = end === 'RETURN' ? policy : end;
  const { dst, zone } = way;
  return { verdict, nfmark: way.nfmark, ctmark: way.ctmark, dst, zone, path, doubts };
}

function enter(way: Way, chain: string): End {
  way.open.push(chain);
  const end = through(way, chain);
  way.open.pop();
  return end;
}

function through(way: Way, chain: string): End {
  const rules = way.table.chains.get(chain)?.rules ?? [];
  for (const index of candidatesOf(rules, way.packet)) {
    const rule = rules[index] as TableRule;
    const truth = matchesRule(rule.rule, way);
    if (truth === 'maybe' && !isWithoutEffect(rule)) doubt(way, chain, rule);
    if (truth === 'yes') {
      // a rule that cannot be read is a maybe at most
      const { target } = rule.rule as Rule;
      const found = foundBy(way, target);
      setMarks(way, target, found);
      const { nfmark, ctmark } = way;
      way.path.push({
        ...(found.element && { element: `${found.set} ${elementText(found.element)}` }),
        table: way.table.name,
        chain,
        number: index + 1,
        text: rule.text,
        nfmark,
        ctmark,
        origin: found.element?.origin ?? rule.origin,
      });
      const end = found.isUnknown ? 'unknown' : follow(way, target);
      if (end === 'unknown') doubt(way, chain, rule);
      else if (end !== 'next rule') return end;
    }
  }
  return 'RETURN';
}

function doubt({ doubts }: Way, chain: string, { text }: TableRule): void {
  doubts.push(`-A ${chain} ${text}`);
}

/** Whether a packet goes on as it came, marks and all, whether the rule matches it or not. */
function isWithoutEffect({ rule }: TableRule): boolean {
  if (rule.kind === 'opaque') return false;
  const { target } = rule;
  switch (target?.kind) {
    case undefined:
    case 'CT':
    case 'DSCP':
    case 'TOS':
      return true;
    case 'opaque':
      return leavesMarks(target.name);
    default:
      return false;
  }
}

/** Targets that the vocabulary lacks, and that hand each packet on to the next rule with its marks. */
function leavesMarks(name: string): boolean {
  return /^(?:AUDIT|CHECKSUM|CLASSIFY|ECN|LOG|NFLOG|TCPMSS|TCPOPTSTRIP|TTL)$/.test(name);
}

/** What a rule finds in a set to set marks by. */
interface Found {
  readonly set: string;
  readonly element: SetElement | undefined;
  readonly isUnknown: boolean;
}

function foundBy({ sets, packet }: Way, target: Target | undefined): Found {
  const mapSet = target?.kind === 'SET' ? target.options.mapSet?.value : undefined;
  if (mapSet === undefined) return { set: '', element: undefined, isUnknown: false };
  const held = sets.get(mapSet.set);
  const element = held === undefined ? 'unknown' : lookUp(held, mapSet, packet);
  return element === 'unknown'
    ? { set: mapSet.set, element: undefined, isUnknown: true }
    : { set: mapSet.set, element, isUnknown: false };
}

function setMarks(way: Way, target: Target | undefined, { element }: Found): void {
  if (target?.kind === 'SET' && target.options.mapMark && element?.mark)
    way.nfmark = setXmark(way.nfmark, element.mark);
  if (target?.kind === 'MARK' && target.options.setXmark)
    way.nfmark = setXmark(way.nfmark, target.options.setXmark.value);
  // of several the first one counts: a packet that has a flow, or a template of one, is passed over
  if (target?.kind === 'CT') way.zone ??= zoneOf(target, way);
  if (target?.kind !== 'CONNMARK' || isShifted(target)) return;
  const { setXmark: set, saveMark, restoreMark, nfmask, ctmask } = target.options;
  const nf: Mark = { value: way.nfmark, mask: nfmask?.value ?? WHOLE_MARK };
  const ct: Mark = { value: way.ctmark, mask: ctmask?.value ?? WHOLE_MARK };
  if (set) way.ctmark = setXmark(way.ctmark, set.value);
  if (saveMark) way.ctmark = moveMark(nf, ct);
  if (restoreMark) way.nfmark = moveMark(ct, nf);
}

function zoneOf(
  { options: { zone, zoneOrig, zoneReply } }: Extract<Target, { kind: 'CT' }>,
  { packet, nfmark }: Way,
): number | undefined {
  const value = (zone ?? (packet.direction === 'reply' ? zoneReply : zoneOrig))?.value;
  return value === 'mark' ? commonOf(nfmark, complementOf(SAREF_BITS)) : value;
}

function isShifted({ options }: Extract<Target, { kind: 'CONNMARK' }>): boolean {
  return options.leftShift !== undefined || options.rightShift !== undefined;
}

/** In the chains in front of routing, which are all that is walked of nat, it maps the destination. */
function mapDst(way: Way, { options: { to } }: Extract<Target, { kind: 'NETMAP' }>): End | 'unknown' {
  const network = to && cidrOf(to.value);
  if (network === undefined) return 'unknown';
  way.dst = mappedInto(network, way.dst);
  return 'ACCEPT';
}

function follow(way: Way, target: Target | undefined): End | 'next rule' | 'unknown' {
  switch (target?.kind) {
    case undefined:
    case 'MARK':
      return 'next rule';
    case 'ACCEPT':
    case 'DROP':
    case 'RETURN':
      return target.kind;
    case 'goto':
    case 'jump': {
      // a word that is no chain of this table is a target that the vocabulary lacks
      if (!way.table.chains.has(target.chain)) return 'unknown';
      // no kernel takes a loop, but a file may say anything
      if (way.open.includes(target.chain)) return 'unknown';
      const end = enter(way, target.chain);
      return end === 'RETURN' && target.kind === 'jump' ? 'next rule' : end;
    }
    case 'CONNMARK':
      return isShifted(target) ? 'unknown' : 'next rule';
    case 'SET':
    case 'CT':
    case 'DSCP':
    case 'TOS':
      return 'next rule';
    case 'NETMAP':
      return mapDst(way, target);
    case 'opaque':
      return leavesMarks(target.name) ? 'next rule' : 'unknown';
    /* c8 ignore next 2 */
    default:
      return target satisfies never;
  }
}
