import { SAREF_FLAG } from '../domain/mark.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { HostState } from '../host/state.ts';
import type { Match } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';
import { isSameRule } from './same-rule.ts';

/**
 * SM2003: rules of the frame that run after our entries and would undo their decision. The stock script
 * leaves such in IPSEC with sareftrack=conntrack and before Openswan 2.6.28, and in NEW_IPSEC_CONN,
 * without a guard, in 2.6.28.
 */
export function findConflicts(live: HostState, ours: HostState): Diagnostic[] {
  return ['IPSEC', 'NEW_IPSEC_CONN'].flatMap((chain) => {
    const rulesOf = (host: HostState): readonly TableRule[] =>
      host.tables.mangle.chains.get(chain)?.rules ?? [];
    const isOurs = (rule: TableRule): boolean => rulesOf(ours).some((own) => isSameRule(own, rule));
    const conflicts = rulesOf(live).filter((rule) => changesAnyMark(rule) && !isOurs(rule));
    return conflicts.length === 0 ? [] : [conflictIn(chain, conflicts)];
  });
}

function conflictIn(chain: string, rules: readonly TableRule[]): Diagnostic {
  const list = rules.map(({ text }) => `    -A ${chain} ${text}`).join('\n');
  return {
    code: 'SM2003',
    labels: [],
    detail: `The chain ${chain} holds rules that change marks, or may, after our entries have set them:\n${list}`,
    help: `set sareftrack=no in ipsec.conf, then empty the chain:\niptables -t mangle -F ${chain}`,
  };
}

/** Whether a rule sets or restores marks without asking first whether there is one. */
function changesAnyMark({ rule }: TableRule): boolean {
  // nobody can say what it does
  if (rule.kind === 'opaque') return true;
  const { target, matches } = rule;
  const sets = target?.kind === 'MARK' || target?.kind === 'CONNMARK';
  return sets && !matches.some((match) => match.kind === 'mark' && isGuard(match.options));
}

function isGuard({ mark }: Extract<Match, { kind: 'mark' }>['options']): boolean {
  return mark?.negated === false && mark.value.value === 0 && mark.value.mask === SAREF_FLAG.mask;
}
