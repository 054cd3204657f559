import type { HostState } from '../host/state.ts';
import { rulesIn } from '../host/state.ts';
import { leadsToOurs } from '../host/own-chains.ts';
import { isAmong } from '../host/same-rule.ts';
import type { Chain, TableRule } from '../iptables/table.ts';
import { tableRule } from '../iptables/table.ts';
import { GUARD, TO_NEW_CONNS } from './frame.ts';
import { isGuarded } from './guard.ts';
import { LEAVE_IF_MARKED, STOCK_RESTORE, STOCK_SAVE } from './memory.ts';

/**
 * The frame that the stock script had in IPSEC with sareftrack=conntrack. Its rules restore and save
 * marks whole, so they cannot stay beside ours. Nobody jumps here: it is kept for `remove` to put back.
 */
const STOCK_FRAME = 'SAREF-STOCK';

const MEMORY = [STOCK_RESTORE, STOCK_SAVE].map((one) => tableRule(one));
const FRAME = [...MEMORY, tableRule(LEAVE_IF_MARKED), TO_NEW_CONNS];

/** What is ours in chains of others besides the frame of a policy. */
export const BESIDE_OTHERS: ReadonlyMap<string, readonly TableRule[]> = new Map([
  ['IPSEC', [GUARD, ...MEMORY]],
  ['NEW_IPSEC_CONN', [GUARD]],
]);

/** What a policy needs, and all that is ours. */
interface Lowered {
  readonly host: HostState;
  readonly ours: HostState;
}

/**
 * What a host should hold where others have rules in the chains of the frame. They stay, behind ours;
 * a guard keeps those that would change our marks from doing it.
 */
export function besideOthers({ host, ours }: Lowered, live: HostState): HostState {
  const { name, chains: framed } = host.tables.mangle;
  const chains = new Map(framed);
  const stock = stockFrame(live);
  if (stock !== undefined) chains.set(STOCK_FRAME, { policy: '-', rules: stock });
  for (const chain of BESIDE_OTHERS.keys()) {
    const { policy, rules } = chains.get(chain) as Chain;
    if (othersIn(live, chain, ours).some(changesMarks))
      chains.set(chain, { policy, rules: [...rules, GUARD] });
  }
  return { ...host, tables: { mangle: { name, chains } } };
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
  return rulesIn(live, chain).filter((rule) => !isAmong(rule, rulesIn(ours, chain)) && !leadsToOurs(rule));
}

/** Whether a rule may give a marked packet another mark. The stock script's of Openswan 2.6.29 and later ask first. */
function changesMarks({ rule }: TableRule): boolean {
  if (rule.kind === 'opaque') return true;
  switch (rule.target?.kind) {
    case 'MARK':
    case 'CONNMARK':
    case 'jump':
    case 'goto':
    case 'opaque':
      return !isGuarded(rule);
    default:
      return false;
  }
}
