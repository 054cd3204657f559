import type { HostState } from '../host/state.ts';
import { NO_TABLES, withMangle } from '../host/state.ts';
import type { Chain, Table } from '../iptables/table.ts';
import type { MarkPlan } from '../plan/plan.ts';
import type { Lowered } from './beside-others.ts';
import { besideOthers, OF_OTHERS } from './beside-others.ts';
import { lowerEntries } from './entries.ts';
import { lowerFrame } from './frame.ts';
import { lowerNat, withAliasSign } from './nat.ts';
import { withOnward } from './onward.ts';
import { withRekeyJumps } from './rekey.ts';
import { withProtection } from './protect.ts';
import { withSenders } from './senders.ts';
import { withReplies } from './replies.ts';
import { lowerRouting, lowerSysctls, onwardRules } from './routing.ts';
import { withZones } from './zones.ts';

/** What a host should hold so that its packets are marked and routed as the plan says. */
export function lowerPlan(plan: MarkPlan): HostState {
  const host: HostState = {
    link: { name: plan.interface, state: 'up' },
    sysctls: lowerSysctls(plan),
    ...lowerRouting(plan),
    tables: {
      ...NO_TABLES,
      nat: lowerNat(plan),
      mangle: lowerMangle(plan),
    },
  };
  return withZones(host, plan, host);
}

/** The frame with its entries, and what stands around it. */
function lowerMangle(plan: MarkPlan): Table {
  const around = [withSenders, withOnward, withReplies, withAliasSign, withProtection];
  return around.reduce((table, add) => add(table, plan), lowerFrame(plan, lowerEntries(plan)));
}

/** The same on this host: beside rules of others, and with the zones that conns have there. */
export function lowerOn(lowered: Lowered, live: HostState): HostState {
  return withZones(besideOthers(lowered, live), lowered.plan, live);
}

/** A device and its routing table; with `inbound` what answers by tunnel is known to be among ours. */
export type Mast = Pick<MarkPlan, 'interface' | 'table'> & Partial<Pick<MarkPlan, 'inbound'>>;

const NOTHING = { ikePorts: [], entries: [], protect: [], unprotected: [], outerPeers: [] } as const;

/** Everything that some policy for the same device would have put, or taken, where others have rules, too. */
export function lowerOurs({ inbound, ...mast }: Mast): HostState {
  // its frame has each rule of the other one
  const host = withRekeyJumps(lowerPlan({ ...mast, tracking: 'flow', inbound: inbound && [], ...NOTHING }));
  const chains = new Map(host.tables.mangle.chains);
  for (const [name, rules] of OF_OTHERS) {
    const { policy, rules: own } = chains.get(name) as Chain;
    chains.set(name, { policy, rules: [...own, ...rules] });
  }
  return withMangle({ ...host, ipRules: [...onwardRules(mast), ...host.ipRules] }, chains);
}
