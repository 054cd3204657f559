import { connOf } from '../domain/conn-name.ts';
import { overlapsIn } from '../domain/overlap-index.ts';
import { remembered } from '../domain/saref.ts';
import type { Selector } from '../domain/selector.ts';
import { commonOf } from '../domain/selector.ts';
import { selectorText } from '../domain/selector-text.ts';
import type { IpSets } from '../host/ip-set.ts';
import { isAmong } from '../host/same-rule.ts';
import type { Table, TableRule } from '../iptables/table.ts';
import type { Clause } from '../plan/clauses.ts';
import { NOBODY } from '../plan/clauses.ts';
import { inARow } from './lift-layout.ts';
import { selectorOf } from './lift-selector.ts';
import { markingRule, NO_MARK } from './marking-rule.ts';
import { BY_FRAME, NOT_ON_ITS_WAY, ONWARD, ONWARD_BY } from './onward.ts';

/** What the rules of a host say of packets from client to client. */
export interface LiftedOnward {
  readonly clauses: readonly Clause[];
  /** Rules that say by which conn, but not so that a clause can. */
  readonly unread: readonly TableRule[];
}

/** By which conn packets go is said in FORWARD, of those that PREROUTING sends on. */
export function liftOnward(table: Table, sets: IpSets): LiftedOnward {
  const device = deviceTo(ONWARD_BY, 'FORWARD', table);
  const rows = inARow(ONWARD_BY, { table, sets, guard: NO_MARK }).filter((one) => !isAmong(one, BY_FRAME));
  const read = rows.map((rule) => ({ rule, clause: clauseIn(rule) }));
  const among = selectorsAmong(sentOn(table, sets));
  return {
    clauses: read.flatMap(({ clause }) =>
      clause === undefined
        ? []
        : among(clause.selector).map((selector) => ({
            ...clause,
            selector: { ...selector, inInterface: device },
          })),
    ),
    unread: read.flatMap(({ rule, clause }) => (clause === undefined ? [rule] : [])),
  };
}

function deviceTo(chain: string, hook: string, { chains }: Table): string | undefined {
  return chains
    .get(hook)
    ?.rules.flatMap(({ rule }) =>
      rule.kind === 'rule' && rule.target?.kind === 'jump' && rule.target.chain === chain
        ? (rule.builtins.inInterface?.value ?? [])
        : [],
    )[0];
}

function clauseIn(one: TableRule): Clause | undefined {
  const marking = markingRule(one, NO_MARK);
  const selector = marking && selectorOf(marking.rule);
  if (marking === undefined || selector === undefined) return undefined;
  const { mark, comment } = marking;
  const conn = comment === undefined ? NOBODY : connOf(comment);
  return { selector, outcome: { conn, nfmark: remembered(mark.value).value, origin: one.origin } };
}

function sentOn(table: Table, sets: IpSets): Selector[] {
  if (deviceTo(ONWARD, 'PREROUTING', table) === undefined) return [];
  return inARow(ONWARD, { table, sets, guard: NOT_ON_ITS_WAY }).flatMap((one) => {
    const marking = markingRule(one, NOT_ON_ITS_WAY);
    return (marking && selectorOf(marking.rule)) ?? [];
  });
}

/** What a selector has in common with others. In what we write it is one of them. */
function selectorsAmong(all: readonly Selector[]): (selector: Selector) => readonly Selector[] {
  const texts = new Set(all.map((one) => selectorText(one)));
  let query: ReturnType<typeof overlapsIn> | undefined;
  return (selector) => {
    if (texts.has(selectorText(selector))) return [selector];
    query ??= overlapsIn(all);
    return [...query(selector)].map((place) => commonOf(all[place] as Selector, selector) as Selector);
  };
}
