import { isMadeHere } from '../domain/selector.ts';
import { jumpTo, rule } from '../iptables/build.ts';
import type { Rule } from '../iptables/rule.ts';
import type { Chain, Table } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { withStrays } from '../plan/strays.ts';
import { entryRules, senderRules } from './entry-rules.ts';
import { unclassified } from './entries.ts';
import { RESTORE, SAVE } from './memory.ts';

/** What packets of this host pass before the frame, where an entry is for them alone. */
export const SENT = 'SAREF-OUT';
export const LOCAL = 'SAREF-LOCAL';

/**
 * The kernel knows the sender in OUTPUT alone, and refuses to be asked in a chain that PREROUTING leads
 * to. So the entries for what this host makes have chains of their own there, with all others up to the
 * last of them: what these leave goes on to the frame, where none of them could match it.
 */
export function withSenders({ name, chains }: Table, plan: MarkPlan): Table {
  const entries = activeEntriesOf(plan);
  const last = entries.findLastIndex(({ selector }) => isMadeHere(selector));
  if (last === -1) return { name, chains };
  const { policy, rules } = chains.get('OUTPUT') as Chain;
  const made = (own: Chain['rules']): Chain => ({ policy: '-', rules: own });
  return {
    name,
    chains: new Map<string, Chain>([
      ...chains,
      ['OUTPUT', { policy, rules: [tableRule(rule([], jumpTo(SENT))), ...rules] }],
      [SENT, made(frame(plan).map((one) => tableRule(one)))],
      [LOCAL, made(entries.slice(0, last + 1).flatMap(localRules))],
    ]),
  };
}

function frame(plan: MarkPlan): Rule[] {
  const remember = plan.tracking === 'flow' ? [SAVE] : [];
  return [RESTORE, ...unclassified(plan), rule([], jumpTo(LOCAL)), ...remember];
}

function localRules(entry: ActiveEntry): Chain['rules'] {
  const { selector } = entry;
  if (selector.inInterface !== undefined && !isMadeHere(selector)) return [];
  const rules = withStrays([entry]).flatMap((one) => [...senderRules(one), ...entryRules(one)]);
  return rules.map((one) => tableRule(one, entry.origin));
}
