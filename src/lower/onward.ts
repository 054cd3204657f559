import { commentOf } from '../domain/conn-name.ts';
import type { Mark } from '../domain/mark.ts';
import { SAREF_BITS, UNMARKED } from '../domain/mark.ts';
import { BLOCKED, markOf } from '../domain/saref.ts';
import {
  arg,
  asksMark,
  commented,
  jumpTo,
  marked,
  REPLY_DIRECTION,
  RETURN,
  rule,
  TO_THIS_HOST,
} from '../iptables/build.ts';
import type { Arg } from '../iptables/option.ts';
import type { Match, Rule, Target } from '../iptables/rule.ts';
import type { Chain, Table, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import { onwardConns, onwardEntriesOf } from '../plan/onward.ts';
import type { ActiveEntry, Answered, MarkPlan } from '../plan/plan.ts';
import { entryRules, selectorRules } from './entry-rules.ts';
import { REMEMBERED, RESTORED } from './memory.ts';
import { treeOf } from './saref-tree.ts';

/** In PREROUTING: which of the packets that mast has decapsulated are to go on by mast. */
export const ONWARD = 'SAREF-ONWARD';

/** Of answers: those that do not belong to a flow of the conn that they come in by. */
export const BACK = 'SAREF-BACK';

/** In FORWARD: by which conn. */
export const ONWARD_BY = 'SAREF-ONWARD-BY';

/**
 * A packet that mast has decapsulated has an inbound SAref, and routing cannot tell that from an outbound
 * one. So what is to go on has SAref 0 while it is routed, which no SA has and an ip rule knows; FORWARD
 * then gives it the SAref of its conn. One that is forgotten there is dropped by mast.
 */
export const ON_ITS_WAY: Mark = BLOCKED;

/** Of a packet that no entry has sent on yet: it has its inbound SAref, or none. */
export const NOT_ON_ITS_WAY: Arg<Mark> = { negated: true, value: ON_ITS_WAY };

export function withOnward({ name, chains }: Table, plan: MarkPlan): Table {
  const entries = onwardEntriesOf(plan);
  if (entries.length === 0) return { name, chains };
  const made = (rules: readonly TableRule[]): Chain => ({ policy: '-', rules });
  const { policy, rules } = chains.get('PREROUTING') as Chain;
  const fromMast = { inInterface: arg(plan.interface) };
  const toOnward = tableRule(rule([], jumpTo(ONWARD), fromMast));
  const toBy = tableRule(rule([marked(ON_ITS_WAY)], jumpTo(ONWARD_BY), fromMast));
  const isAnswered = plan.inbound !== undefined;
  return {
    name,
    chains: new Map<string, Chain>([
      ...chains,
      ['PREROUTING', { policy, rules: [...rules.slice(0, -1), toOnward, ...rules.slice(-1)] }],
      ['FORWARD', { policy: 'ACCEPT', rules: [toBy] }],
      [ONWARD, made([...aside(isAnswered), ...entries.flatMap(chosen)])],
      [ONWARD_BY, made([...(isAnswered ? ANSWERS_BY : []), TAKEN_AWAY, ...entries.flatMap(by), GIVEN_BACK])],
      ...(isAnswered ? [...backTree(plan)].map(([chain, own]) => [chain, made(own)] as const) : []),
    ]),
  };
}

/** What the entries have no say in: packets to this host and, where flows are told whom to answer, answers. */
function aside(isAnswered: boolean): TableRule[] {
  const answers: Rule[] = [
    rule([REPLY_DIRECTION, REMEMBERED], { kind: 'goto', chain: BACK }),
    rule([REPLY_DIRECTION], RETURN),
  ];
  return [rule([TO_THIS_HOST], RETURN), ...(isAnswered ? answers : [])].map((one) => tableRule(one));
}

function setMark(mark: Mark): Target {
  return { kind: 'MARK', options: { setXmark: arg(mark) } };
}

/** Any entry will do here: which one is asked again in FORWARD. */
function chosen(entry: ActiveEntry): TableRule[] {
  const { selector, conn, origin } = fromAnywhere(entry);
  const matches = [asksMark(NOT_ON_ITS_WAY), commented(commentOf(conn))];
  return selectorRules(selector, { matches, target: setMark(ON_ITS_WAY) }).map((one) =>
    tableRule(one, origin),
  );
}

/** The first entry decides, as it does for packets that have no mark. */
function by(entry: ActiveEntry): TableRule[] {
  return entryRules(fromAnywhere(entry)).map((one) => tableRule(one, entry.origin));
}

/** Only what is from mast comes here. */
function fromAnywhere(entry: ActiveEntry): ActiveEntry {
  return { ...entry, selector: { ...entry.selector, inInterface: undefined } };
}

/**
 * SAref 0 is taken away in front of the entries, and given back behind them to what none of them took: nothing
 * of theirs may stand behind that.
 */
const TAKEN_AWAY = tableRule(rule([], setMark({ value: 0, mask: SAREF_BITS })));
const GIVEN_BACK = tableRule(rule([marked(UNMARKED)], setMark(ON_ITS_WAY)));

const ANSWERS_BY = [rule([REPLY_DIRECTION, REMEMBERED], RESTORED), rule([REPLY_DIRECTION], RETURN)].map(
  (one) => tableRule(one),
);

/** What stands in that chain beside the entries. */
export const BY_FRAME: readonly TableRule[] = [...ANSWERS_BY, TAKEN_AWAY, GIVEN_BACK];

/** An answer to a flow that went out by the conn itself is for who began it here. */
function backTree(plan: MarkPlan): Map<string, TableRule[]> {
  return treeOf(
    BACK,
    onwardConns(plan).map((conn) => ({ ref: conn.answer.ref, rule: backRule(conn) })),
  );
}

function backRule({ conn, answer: { ref, mark } }: Answered): TableRule {
  const ofAnother: Match = { kind: 'connmark', options: { mark: { negated: true, value: mark } } };
  return tableRule(rule([marked(markOf(ref)), ofAnother, commented(commentOf(conn))], setMark(ON_ITS_WAY)));
}
