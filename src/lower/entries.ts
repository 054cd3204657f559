import type { PortRange } from '../domain/port-range.ts';
import { AH, ESP, UDP } from '../domain/protocol.ts';
import { isBySender } from '../domain/sender.ts';
import { arg, FROM_THIS_HOST, RETURN, rule, TO_THIS_HOST } from '../iptables/build.ts';
import type { Rule } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { entryRules } from './entry-rules.ts';
import { LEAVE_IF_MARKED, RESTORE } from './memory.ts';
import { portMatches } from './ports.ts';

/** The chain SAREF-ENTRIES: who is exempt, then the entries in their order that both hooks can ask. */
export function lowerEntries(plan: MarkPlan): TableRule[] {
  return [
    ...exemptions(plan).map((exemption) => tableRule(exemption)),
    ...activeEntriesOf(plan)
      .filter(({ selector }) => !isBySender(selector))
      .flatMap((entry) => entryRules(entry).map((one) => tableRule(one, entry.origin))),
  ];
}

/**
 * RETURN for what is never classified: a packet whose mark an application chose or that mast just
 * decapsulated, one of a flow that has its mark, one to this host, and the host's own IKE, ESP and AH.
 * RETURN and not ACCEPT, which would end the hook for everybody.
 */
function exemptions(plan: MarkPlan): Rule[] {
  // with tracking: flow it stands in IPSEC
  return [...(plan.tracking === 'packet' ? [RESTORE] : []), ...unclassified(plan)];
}

/** All but what is decided already. */
export function unclassified(plan: Pick<MarkPlan, 'ikePorts'>): Rule[] {
  return [LEAVE_IF_MARKED, rule([TO_THIS_HOST], RETURN), ...ownIpsec(plan)];
}

/** The host's own IKE, ESP and AH. */
export function ownIpsec({ ikePorts }: Pick<MarkPlan, 'ikePorts'>): Rule[] {
  const own = (protocol: number, ports: Rule['matches'] = []): Rule =>
    rule([...ports, FROM_THIS_HOST], RETURN, { protocol: arg(protocol) });
  const ikeRanges = ikePorts.map((port): PortRange => ({ first: port, last: port }));
  return [...portMatches('ports', ikeRanges).map((match) => own(UDP, [match])), own(ESP), own(AH)];
}
