import type { Span } from '../diagnostics/source.ts';
import type { SetElement } from '../host/ip-set.ts';
import type { HostState } from '../host/state.ts';
import { UNMARKED } from '../domain/mark.ts';
import { marked, rule } from '../iptables/build.ts';
import { printRule } from '../iptables/print-rule.ts';
import type { RestoreLine } from '../iptables/restore.ts';
import type { Rule } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';

/** A rule that gives packets the mark of an entry, or their flow where the sender decides. */
export interface MarkingRule {
  readonly chain: string;
  /** In its chain, counted from 1. */
  readonly number: number;
  readonly rule: Rule;
  readonly origin: Span;
}

/** From the last of a chain to its first: what is done to one leaves the numbers of those that follow. */
export function markingRules({ tables }: HostState): MarkingRule[] {
  return [...tables.mangle.chains].flatMap(([chain, { rules }]) =>
    rules
      .flatMap(({ rule: marking, origin }, index): MarkingRule[] =>
        origin !== undefined && marking.kind === 'rule' && isMarking(marking)
          ? [{ chain, number: index + 1, rule: marking, origin }]
          : [],
      )
      .reverse(),
  );
}

function isMarking({ target }: Rule): boolean {
  return target?.kind === 'MARK' || (target?.kind === 'CONNMARK' && target.options.setXmark !== undefined);
}

/**
 * Takes the entries away from those who still need them: packets that no memory has marked. They are
 * dropped, so that none of them leaves in clear for what is done here.
 */
export function setAside({ tables }: HostState): RestoreLine[] {
  return [...tables.mangle.chains].flatMap(([chain, { rules }]) =>
    rules.some(marksEntries) ? [{ text: `-I ${chain} 1 ${printRule(DROP_ALL)}` }] : [],
  );
}

function marksEntries({ rule: read, origin }: TableRule): boolean {
  return read.kind === 'rule' && ((origin !== undefined && isMarking(read)) || read.target?.kind === 'SET');
}

/** An element of a set that gives packets the mark of an entry. */
export interface MarkingElement {
  readonly set: string;
  readonly element: SetElement;
}

export function markingElements({ sets }: HostState, origin: Span): MarkingElement[] {
  return [...sets].flatMap(([set, { elements }]) =>
    [...elements.values()]
      .filter((element) => element.origin === origin)
      .map((element) => ({ set, element })),
  );
}

const DROP_ALL = rule([marked(UNMARKED)], { kind: 'DROP', options: {} });
