import type { Mark } from '../domain/mark.ts';
import { BLOCKED, LAST_SAREF, markOf, sarefBitsOf, toSaref } from '../domain/saref.ts';
import { elementText } from '../host/ip-set-text.ts';
import type { HostState } from '../host/state.ts';
import { arg } from '../iptables/build.ts';
import { printRule } from '../iptables/print-rule.ts';
import type { RestoreLine } from '../iptables/restore.ts';
import { printRestore } from '../iptables/restore.ts';
import type { Rule } from '../iptables/rule.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf, answeredConns } from '../plan/plan.ts';
import type { HostTools } from '../system/host-tools.ts';
import type { MarkingRule } from './entry-rules.ts';
import { markingElements, markingRules } from './entry-rules.ts';

/** What can be broken on purpose, to see that a rehearsal can fail. */
export type Sabotage = 'rule' | 'saref' | 'interface' | 'answers';

/**
 * Breaks the way of the plan's first entry: its rules are gone, its SAref is another's, or mast is down. Or
 * the way back to the first conn.
 */
export async function sabotage(what: Sabotage, tools: HostTools, { plan, host }: Rehearsed): Promise<void> {
  if (what === 'interface') {
    await tools.ip(['link', 'set', 'dev', plan.interface, 'down']);
    return;
  }
  if (what === 'answers') {
    await tools.restore(printRestore('mangle', crossedAnswers(plan, host)));
    return;
  }
  const [entry, ...others] = activeEntriesOf(plan);
  if (entry === undefined) return;
  const rules = markingRules(host).filter(({ origin }) => origin === entry.origin);
  const lines = rules.map((rule) =>
    what === 'rule' ? deletion(rule) : withMark(rule, anotherMark(entry, others)),
  );
  if (lines.length > 0) await tools.restore(printRestore('mangle', lines));
  const elements = markingElements(host, entry.origin).map(({ set, element }) =>
    what === 'rule'
      ? `del ${set} ${element.entry}\n`
      : `add -exist ${set} ${elementText({ ...element, mark: anotherMark(entry, others) })}\n`,
  );
  if (elements.length > 0) await tools.sets.write(elements.join(''));
}

/** Answers to the first conn go by the next one, or by none where there is no other. */
function crossedAnswers(plan: MarkPlan, { tables }: HostState): RestoreLine[] {
  const [first, second] = answeredConns(plan);
  if (first === undefined) return [];
  const { value } = markOf(first.answer.ref);
  return [...tables.mangle.chains].flatMap(([chain, { rules }]) =>
    rules.flatMap(({ rule }, index) => {
      const isOfFirst =
        rule.kind === 'rule' &&
        rule.target?.kind === 'CONNMARK' &&
        rule.matches.some((match) => match.kind === 'mark' && match.options.mark?.value.value === value);
      if (!isOfFirst) return [];
      const crossed: Rule = {
        ...rule,
        target: { kind: 'CONNMARK', options: { setXmark: arg(second?.answer.mark ?? BLOCKED) } },
      };
      return [{ text: `-R ${chain} ${String(index + 1)} ${printRule(crossed)}` }];
    }),
  );
}

interface Rehearsed {
  readonly plan: MarkPlan;
  readonly host: HostState;
}

function deletion({ chain, number }: MarkingRule): RestoreLine {
  return { text: `-D ${chain} ${String(number)}` };
}

function withMark({ chain, number, rule }: MarkingRule, mark: Mark): RestoreLine {
  const marking: Rule = { ...rule, target: { kind: 'MARK', options: { setXmark: arg(mark) } } };
  return { text: `-R ${chain} ${String(number)} ${printRule(marking)}` };
}

/** That of the next entry with another one; where there is none, the SAref behind its own. */
function anotherMark({ decision: { mark } }: ActiveEntry, others: readonly ActiveEntry[]): Mark {
  const other = others.find(({ decision }) => decision.mark.value !== mark.value);
  const next = toSaref((sarefBitsOf(mark.value) % LAST_SAREF) + 1);
  return other?.decision.mark ?? (next === undefined ? mark : markOf(next));
}
