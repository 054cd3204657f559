import { OUR_COMMENT } from '../host/own-chains.ts';
import type { Chain, Table, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import { commented, jumpTo, rule } from '../iptables/build.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { LEAVE_IF_MARKED, RESTORE, SAVE } from './memory.ts';

export const ENTRIES = 'SAREF-ENTRIES';

const TO_ENTRIES = tableRule(rule([commented(OUR_COMMENT)], jumpTo(ENTRIES)));

export const TO_NEW_CONNS = jumpRule('NEW_IPSEC_CONN');

const TO_FRAME = jumpRule('IPSEC');

function jumpRule(chain: string): TableRule {
  return tableRule(rule([], jumpTo(chain)));
}

/**
 * The way from the hooks to our entries, in the shape that the stock updown script looks for: it
 * flushes IPSEC when it counts another number of rules there than one for sareftrack=yes or four for
 * sareftrack=conntrack, and wants a jump to it in OUTPUT and PREROUTING (checkipsec in Openswan's
 * _updown.mast). NEW_IPSEC_CONN is the script's own, so all that we have there is one jump.
 */
export function lowerFrame({ tracking }: MarkPlan, entries: readonly TableRule[]): Table {
  const made = (...rules: TableRule[]): Chain => ({ policy: '-', rules });
  const ipsec = {
    packet: made(TO_NEW_CONNS),
    flow: made(...[RESTORE, LEAVE_IF_MARKED].map((one) => tableRule(one)), TO_NEW_CONNS, tableRule(SAVE)),
  };
  return {
    name: 'mangle',
    chains: new Map<string, Chain>([
      ['PREROUTING', { policy: 'ACCEPT', rules: [TO_FRAME] }],
      ['OUTPUT', { policy: 'ACCEPT', rules: [TO_FRAME] }],
      ['IPSEC', ipsec[tracking]],
      ['NEW_IPSEC_CONN', made(TO_ENTRIES)],
      [ENTRIES, made(...entries)],
    ]),
  };
}
