import type { HostState } from '../host/state.ts';
import type { IpSets } from '../host/ip-set.ts';
import { markingSet } from '../host/ip-set.ts';
import { NO_TABLES, withMangle } from '../host/state.ts';
import type { Chain, Table } from '../iptables/table.ts';
import type { MarkPlan } from '../plan/plan.ts';
import type { Lowered } from './beside-others.ts';
import { besideOthers, OF_OTHERS } from './beside-others.ts';
import { lowerEntries } from './entries.ts';
import { lowerFrame } from './frame.ts';
import type { LayoutChoice, LayoutWish } from './choose-layout.ts';
import { chooseLayout } from './choose-layout.ts';
import { lowerNat, withAliasSign } from './nat.ts';
import { withOnward } from './onward.ts';
import { withRekeyJumps } from './rekey.ts';
import { withProtection } from './protect.ts';
import { withSenders } from './senders.ts';
import { withReplies } from './replies.ts';
import { lowerRouting, lowerSysctls, onwardRules } from './routing.ts';
import { nameOf, withSetNames } from './set-names.ts';
import { withZones } from './zones.ts';

/** What a host should hold so that its packets are marked and routed as the plan says, and in which layout. */
export function lowerPlan(
  plan: MarkPlan,
  wish: LayoutWish,
): { readonly host: HostState; readonly choice: LayoutChoice } {
  const { table, sets, choice } = chooseLayout(lowerMangle(plan), wish);
  const host: HostState = {
    link: { name: plan.interface, state: 'up' },
    sysctls: lowerSysctls(plan),
    ...lowerRouting(plan),
    sets,
    tables: {
      ...NO_TABLES,
      nat: lowerNat(plan),
      mangle: table,
    },
  };
  return { host: withZones(host, plan, host), choice };
}

/** The frame with its entries, and what stands around it. */
function lowerMangle(plan: MarkPlan): Table {
  const around = [withSenders, withOnward, withReplies, withAliasSign, withProtection];
  return around.reduce((table, add) => add(table, plan), lowerFrame(plan, lowerEntries(plan)));
}

/** The same on this host: beside rules of others, with the zones that conns have there, and by sets that can be changed at once. */
export function lowerOn(lowered: Lowered, live: HostState): HostState {
  return withSetNames(withZones(besideOthers(lowered, live), lowered.plan, live), live);
}

/** A device and its routing table; with `inbound` what answers by tunnel is known to be among ours. */
export type Mast = Pick<MarkPlan, 'interface' | 'table'> & Partial<Pick<MarkPlan, 'inbound'>>;

/** One is enough to have them looked for. */
const SOME_SET: IpSets = new Map([[nameOf(1), markingSet([])]]);
const NO_SETS: IpSets = new Map();

const NOTHING = { ikePorts: [], entries: [], protect: [], unprotected: [], outerPeers: [] } as const;

/**
 * Everything that some policy for the same device would have put, or taken, where others have rules, too.
 *
 * @param mayHaveSets whether to look for sets that no rule asks, too; a host without ipset is not to be asked
 */
export function lowerOurs({ inbound, ...mast }: Mast, mayHaveSets = false): HostState {
  // its frame has each rule of the other one
  const plan = { ...mast, tracking: 'flow', inbound: inbound && [], ...NOTHING } as const;
  const host = withRekeyJumps(lowerPlan(plan, { layout: 'rules', hasSets: false }).host);
  const chains = new Map(host.tables.mangle.chains);
  for (const [name, rules] of OF_OTHERS) {
    const { policy, rules: own } = chains.get(name) as Chain;
    chains.set(name, { policy, rules: [...own, ...rules] });
  }
  const ipRules = [...onwardRules(mast), ...host.ipRules];
  return { ...withMangle({ ...host, ipRules }, chains), sets: mayHaveSets ? SOME_SET : NO_SETS };
}
