import { maskedOf } from '../domain/address.ts';
import type { PortRange } from '../domain/port-range.ts';
import { AH, ESP, UDP } from '../domain/protocol.ts';
import { isMadeHere } from '../domain/selector.ts';
import { arg, FROM_THIS_HOST, RETURN, rule, TO_THIS_HOST } from '../iptables/build.ts';
import type { Match, Rule, Target } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import { ikeLeaders } from '../plan/nested.ts';
import { isOnward } from '../plan/onward.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { entryRules } from './entry-rules.ts';
import { LEAVE_IF_MARKED, RESTORE } from './memory.ts';
import { portMatches } from './ports.ts';

/** The chain SAREF-ENTRIES: who is exempt, then the entries in their order that both hooks can ask. */
export function lowerEntries(plan: MarkPlan): TableRule[] {
  return [
    ...exemptions(plan),
    ...activeEntriesOf(plan)
      // those for what mast has decapsulated have chains of their own, too
      .filter((entry) => !isMadeHere(entry.selector) && !isOnward(plan, entry))
      .flatMap((entry) => entryRules(entry).map((one) => tableRule(one, entry.origin))),
  ];
}

/**
 * RETURN for what is never classified: a packet whose mark an application chose or that mast just
 * decapsulated, one of a flow that has its mark, one to this host, and the host's own IKE, ESP and AH.
 * RETURN and not ACCEPT, which would end the hook for everybody.
 */
function exemptions(plan: MarkPlan): TableRule[] {
  const made = (rules: readonly Rule[]): TableRule[] => rules.map((one) => tableRule(one));
  return [
    // with tracking: flow it stands in IPSEC
    ...made(plan.tracking === 'packet' ? [RESTORE] : []),
    ...made(DECIDED),
    ...ledIke(plan),
    ...made(ownIpsec(plan)),
  ];
}

const DECIDED: readonly Rule[] = [LEAVE_IF_MARKED, rule([TO_THIS_HOST], RETURN)];

/** All that the entries have no say in, but for IKE that a conn carries for another. */
export function unclassified(plan: Pick<MarkPlan, 'ikePorts'>): Rule[] {
  return [...DECIDED, ...ownIpsec(plan)];
}

/** The host's own IKE that an outer conn carries, and in front of it what would go into its own tunnel. */
function ledIke(plan: MarkPlan): TableRule[] {
  const leaders = ikeLeaders(plan);
  if (leaders.length === 0) return [];
  return ikeMatches(plan).flatMap((ike) => {
    const own = ({ matches, target, builtins }: Rule): Rule =>
      rule([ike, FROM_THIS_HOST, ...matches], target as Target, { ...builtins, protocol: arg(UDP) });
    return [
      ...plan.outerPeers.map((peer) => tableRule(own(rule([], RETURN, { dst: arg(maskedOf(peer)) })))),
      ...leaders.flatMap((entry) => entryRules(entry).map((one) => tableRule(own(one), entry.origin))),
    ];
  });
}

/** The host's own IKE, ESP and AH. */
export function ownIpsec(plan: Pick<MarkPlan, 'ikePorts'>): Rule[] {
  const own = (protocol: number, ports: Rule['matches'] = []): Rule =>
    rule([...ports, FROM_THIS_HOST], RETURN, { protocol: arg(protocol) });
  return [...ikeMatches(plan).map((match) => own(UDP, [match])), own(ESP), own(AH)];
}

function ikeMatches({ ikePorts }: Pick<MarkPlan, 'ikePorts'>): Match[] {
  return portMatches(
    'ports',
    ikePorts.map((port): PortRange => ({ first: port, last: port })),
  );
}
