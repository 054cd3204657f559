import type { HostState } from '../host/state.ts';
import { rulesIn, withMangle } from '../host/state.ts';
import { isByUs, OUR_COMMENT } from '../host/own-chains.ts';
import { isAmong } from '../host/same-rule.ts';
import { commented } from '../iptables/build.ts';
import type { Chain, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { unclassified } from './entries.ts';
import { TO_NEW_CONNS } from './frame.ts';
import { LEAVE_IF_MARKED, STOCK_RESTORE, STOCK_SAVE } from './memory.ts';

/**
 * The frame that the stock script had in IPSEC with sareftrack=conntrack. Its rules restore and save
 * marks whole, so they cannot stay beside ours. Nobody jumps here: it is kept for `remove` to put back.
 */
const STOCK_FRAME = 'SAREF-STOCK';

const MEMORY = [STOCK_RESTORE, STOCK_SAVE].map((one) => tableRule(one));
const FRAME = [...MEMORY, tableRule(LEAVE_IF_MARKED), TO_NEW_CONNS];

/** What is ours to take away in chains of others, besides the frame of a policy. */
export const OF_OTHERS: ReadonlyMap<string, readonly TableRule[]> = new Map([['IPSEC', MEMORY]]);

/** A policy as a host should hold it, and all that is ours. */
export interface Lowered {
  readonly plan: MarkPlan;
  readonly host: HostState;
  readonly ours: HostState;
}

/**
 * What a host should hold where others have rules in the chains of the frame that mark packets. They
 * stay, behind ours, for packets that no entry takes: not for those that are marked, which older stock
 * scripts mark again, and not for those that are to go unmarked.
 */
export function besideOthers({ plan, host, ours }: Lowered, live: HostState): HostState {
  const chains = new Map(host.tables.mangle.chains);
  const stock = stockFrame(live);
  if (stock !== undefined) chains.set(STOCK_FRAME, { policy: '-', rules: stock });
  for (const chain of ['IPSEC', 'NEW_IPSEC_CONN']) {
    const { policy, rules } = chains.get(chain) as Chain;
    if (othersIn(live, chain, ours).some(mayMark))
      chains.set(chain, { policy, rules: [...rules, ...guards(plan)] });
  }
  return withMangle(host, chains);
}

/** As it stands, or as it was when ours took its place. */
export function stockFrame(live: HostState): readonly TableRule[] | undefined {
  const ipsec = rulesIn(live, 'IPSEC');
  return ipsec.some((rule) => isAmong(rule, MEMORY))
    ? ipsec.filter((rule) => isAmong(rule, FRAME))
    : live.tables.mangle.chains.get(STOCK_FRAME)?.rules;
}

/** Rules of others in a chain that is not ours alone. */
export function othersIn(live: HostState, chain: string, ours: HostState): TableRule[] {
  return rulesIn(live, chain).filter((rule) => !isAmong(rule, rulesIn(ours, chain)) && !isByUs(rule));
}

function guards(plan: MarkPlan): TableRule[] {
  return unclassified(plan).map(({ matches, target, builtins }) =>
    tableRule({ kind: 'rule', builtins, matches: [...matches, commented(OUR_COMMENT)], target }),
  );
}

function mayMark({ rule }: TableRule): boolean {
  if (rule.kind === 'opaque') return true;
  switch (rule.target?.kind) {
    case 'MARK':
    case 'CONNMARK':
    case 'jump':
    case 'goto':
    case 'opaque':
      return true;
    default:
      return false;
  }
}
