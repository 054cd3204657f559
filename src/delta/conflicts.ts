import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { HostState } from '../host/state.ts';
import { sameRule } from '../iptables/identity.ts';
import type { TableRule } from '../iptables/table.ts';

/**
 * SM2003: rules in IPSEC itself that set or restore a mark run after our entries and would undo their
 * decision. The stock script leaves such with sareftrack=conntrack, and before Openswan 2.6.28.
 */
export function findConflicts(live: HostState, ours: HostState): Diagnostic[] {
  const frame = ours.tables.mangle.chains.get('IPSEC')?.rules ?? [];
  const conflicts = (live.tables.mangle.chains.get('IPSEC')?.rules ?? []).filter(
    (rule) => setsMark(rule) && !frame.some(({ text }) => sameRule(text, rule.text)),
  );
  if (conflicts.length === 0) return [];
  const list = conflicts.map(({ text }) => `    -A IPSEC ${text}`).join('\n');
  return [
    {
      code: 'SM2003',
      labels: [],
      detail: `The chain IPSEC holds rules that change marks after our entries have set them:\n${list}`,
      help: 'set sareftrack=no in ipsec.conf, then empty the chain:\niptables -t mangle -F IPSEC',
    },
  ];
}

function setsMark({ rule }: TableRule): boolean {
  const target = rule.kind === 'rule' ? rule.target : undefined;
  return target?.kind === 'MARK' || (target?.kind === 'opaque' && target.name === 'CONNMARK');
}
