import { commentOf } from '../domain/conn-name.ts';
import { SAREF_FLAG, UNMARKED } from '../domain/mark.ts';
import { maskedOf } from '../domain/address.ts';
import { AH, ESP, UDP } from '../domain/protocol.ts';
import type { Rule } from '../iptables/rule.ts';
import type { TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import { arg, commented, FROM_THIS_HOST, marked, RETURN, rule, TO_THIS_HOST } from '../iptables/build.ts';

/** A multiport match takes 15 ports (XT_MULTI_PORTS in linux/netfilter/xt_multiport.h). */
const MOST_PORTS = 15;

/** The chain SAREF-ENTRIES: who is exempt, then the entries in their order. */
export function lowerEntries(plan: MarkPlan): TableRule[] {
  return [
    ...exemptions(plan).map((exemption) => tableRule(exemption)),
    ...activeEntriesOf(plan).map((entry) => tableRule(entryRule(entry), entry.origin)),
  ];
}

/**
 * RETURN for what is never classified: a packet whose mark an application chose or that mast just
 * decapsulated, one to this host, and the host's own IKE, ESP and AH. RETURN and not ACCEPT, which
 * would end the hook for everybody.
 */
function exemptions({ ikePorts }: MarkPlan): Rule[] {
  const own = (protocol: number, ports: Rule['matches'] = []): Rule =>
    rule([...ports, FROM_THIS_HOST], RETURN, { protocol: arg(protocol) });
  return [
    rule([marked(SAREF_FLAG)], RETURN),
    rule([TO_THIS_HOST], RETURN),
    ...chunksOf(ikePorts, MOST_PORTS).map((ports) =>
      own(UDP, [
        { kind: 'multiport', options: { ports: arg(ports.map((port) => ({ first: port, last: port }))) } },
      ]),
    ),
    own(ESP),
    own(AH),
  ];
}

/** The guard makes the first entry win: MARK does not end a chain. */
function entryRule({ conn, selector: { src, dst }, decision: { mark } }: ActiveEntry): Rule {
  return rule(
    [marked(UNMARKED), commented(commentOf(conn))],
    { kind: 'MARK', options: { setXmark: arg(mark) } },
    {
      ...(src !== undefined && src.prefix > 0 && { src: arg(maskedOf(src)) }),
      ...(dst !== undefined && dst.prefix > 0 && { dst: arg(maskedOf(dst)) }),
    },
  );
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return items.length === 0 ? [] : [items.slice(0, size), ...chunksOf(items.slice(size), size)];
}
