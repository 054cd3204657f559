import type { Span } from '../diagnostics/source.ts';
import type { Mark } from '../domain/mark.ts';
import type { AnyRule } from '../iptables/rule.ts';

/** One entry of a set, and what the set says beside it. */
export interface SetElement {
  /** What packets are held against, as ipset prints it: `10.0.0.0/24`, or one address without a prefix. */
  readonly entry: string;
  /** What `--map-mark` does to the mark of a packet that is found here; undefined: nothing. */
  readonly mark: Mark | undefined;
  /** nomatch: what lies in here is not found, though a wider network of the set holds it. */
  readonly isExcluded: boolean;
  /** A byte for each character, like all that the tools print. */
  readonly comment: string | undefined;
  /** Its other words, of which ours have none. */
  readonly others: string;
  readonly origin: Span | undefined;
}

/** A set of ipset. */
export interface IpSet {
  readonly type: string;
  /** What `create` says that changes what the set means, word after word in the order of the alphabet. */
  readonly options: string;
  /** How many elements it takes (maxelem); undefined where its type has no such limit. */
  readonly room: number | undefined;
  /** By their entries. Their order means nothing. */
  readonly elements: ReadonlyMap<string, SetElement>;
}

/** By their names. */
export type IpSets = ReadonlyMap<string, IpSet>;

/** The name of the set that a rule gives packets their mark from; undefined for all other rules. */
export function setAskedBy(rule: AnyRule): string | undefined {
  return rule.kind === 'rule' && rule.target?.kind === 'SET'
    ? rule.target.options.mapSet?.value.set
    : undefined;
}

/** Networks with a mark each, and a comment that says whose it is. */
const MARKING = { type: 'hash:net', options: 'comment family inet skbinfo' } as const;

/** What a set takes unless it is made otherwise (hash:net in ipset(8)). */
const USUAL_ROOM = 65_536;

export function markingSet(elements: readonly SetElement[]): IpSet {
  const byEntry = new Map(elements.map((element) => [element.entry, element]));
  let room = USUAL_ROOM;
  while (room < byEntry.size) room *= 2;
  return { ...MARKING, room, elements: byEntry };
}

/** Whether a set holds what another one should, for all that a packet can tell and a person can read. */
export function isSameSet(one: IpSet, other: IpSet): boolean {
  if (one === other) return true;
  if (!isSameKind(one, other) || one.elements.size !== other.elements.size) return false;
  for (const element of one.elements.values())
    if (!isSameElement(element, other.elements.get(element.entry))) return false;
  return true;
}

/** Whether the same packets are found in both, by elements for the same networks. */
export function hasSameEntries(one: IpSet, other: IpSet): boolean {
  if (one.elements.size !== other.elements.size) return false;
  for (const { entry, isExcluded } of one.elements.values())
    if (other.elements.get(entry)?.isExcluded !== isExcluded) return false;
  return true;
}

/** Whether elements of one can be elements of the other, and each can take the other's place. */
export function isSameKind(one: IpSet, other: IpSet): boolean {
  return one.type === other.type && one.options === other.options;
}

export function isSameElement(one: SetElement, other: SetElement | undefined): boolean {
  return (
    other !== undefined &&
    one.mark?.value === other.mark?.value &&
    one.mark?.mask === other.mark?.mask &&
    one.isExcluded === other.isExcluded &&
    one.comment === other.comment &&
    one.others === other.others
  );
}
