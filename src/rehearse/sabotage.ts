import type { Mark } from '../domain/mark.ts';
import { LAST_SAREF, markOf, sarefBitsOf, toSaref } from '../domain/saref.ts';
import type { HostState } from '../host/state.ts';
import { arg } from '../iptables/build.ts';
import { printRule } from '../iptables/print-rule.ts';
import { printRestore } from '../iptables/restore.ts';
import type { Rule } from '../iptables/rule.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import type { HostTools } from '../system/host-tools.ts';

/** What can be broken on purpose, to see that a rehearsal can fail. */
export type Sabotage = 'rule' | 'saref' | 'interface';

/** Breaks the way of the plan's first entry: its rule is gone, its SAref is another's, or mast is down. */
export async function sabotage(what: Sabotage, tools: HostTools, { plan, host }: Rehearsed): Promise<void> {
  if (what === 'interface') {
    await tools.ip(['link', 'set', 'dev', plan.interface, 'down']);
    return;
  }
  const [entry, ...others] = activeEntriesOf(plan);
  const place = entry === undefined ? undefined : ruleOf(host, entry);
  if (entry === undefined || place === undefined) return;
  const { chain, number, rule } = place;
  const text =
    what === 'rule'
      ? `-D ${chain} ${String(number)}`
      : `-R ${chain} ${String(number)} ${printRule(withMark(rule, anotherMark(entry, others)))}`;
  await tools.restore(printRestore('mangle', [{ text }]));
}

interface Rehearsed {
  readonly plan: MarkPlan;
  readonly host: HostState;
}

interface Place {
  readonly chain: string;
  readonly number: number;
  readonly rule: Rule;
}

function ruleOf({ tables }: HostState, { origin }: ActiveEntry): Place | undefined {
  for (const [chain, { rules }] of tables.mangle.chains) {
    const index = rules.findIndex((rule) => rule.origin === origin);
    const rule = rules[index]?.rule;
    if (rule?.kind === 'rule') return { chain, number: index + 1, rule };
  }
  return undefined;
}

/** That of the next entry with another one; where there is none, the SAref behind its own. */
function anotherMark({ decision: { mark } }: ActiveEntry, others: readonly ActiveEntry[]): Mark {
  const other = others.find(({ decision }) => decision.mark.value !== mark.value);
  const next = toSaref((sarefBitsOf(mark.value) % LAST_SAREF) + 1);
  return other?.decision.mark ?? (next === undefined ? mark : markOf(next));
}

function withMark(rule: Rule, mark: Mark): Rule {
  return { ...rule, target: { kind: 'MARK', options: { setXmark: arg(mark) } } };
}
