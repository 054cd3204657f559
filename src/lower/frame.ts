import type { Chain, Table, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import { commented, jumpTo, rule } from '../iptables/build.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { LEAVE_IF_MARKED, RESTORE, SAVE } from './memory.ts';

export const ENTRIES = 'SAREF-ENTRIES';

/** Tells our jump in a chain that the stock script shares with us. */
const OUR_COMMENT = 'saref-mark';

/**
 * The way from the hooks to our entries, in the shape that the stock updown script looks for: it
 * flushes IPSEC when it counts another number of rules there than one for sareftrack=yes or four for
 * sareftrack=conntrack, and wants a jump to it in OUTPUT and PREROUTING (checkipsec in Openswan's
 * _updown.mast). NEW_IPSEC_CONN is the script's own, so all that we have there is one jump.
 */
export function lowerFrame({ tracking }: MarkPlan, entries: readonly TableRule[]): Table {
  const jump = (chain: string): TableRule => tableRule(rule([], jumpTo(chain)));
  const ourJump = tableRule(rule([commented(OUR_COMMENT)], jumpTo(ENTRIES)));
  const toEntries = jump('NEW_IPSEC_CONN');
  const made = (...rules: TableRule[]): Chain => ({ policy: '-', rules });
  const ipsec = {
    packet: made(toEntries),
    flow: made(tableRule(RESTORE), tableRule(LEAVE_IF_MARKED), toEntries, tableRule(SAVE)),
  };
  return {
    name: 'mangle',
    chains: new Map<string, Chain>([
      ['PREROUTING', { policy: 'ACCEPT', rules: [jump('IPSEC')] }],
      ['OUTPUT', { policy: 'ACCEPT', rules: [jump('IPSEC')] }],
      ['IPSEC', ipsec[tracking]],
      ['NEW_IPSEC_CONN', made(ourJump)],
      [ENTRIES, made(...entries)],
    ]),
  };
}
