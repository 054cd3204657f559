import type { HostState } from '../host/state.ts';
import { NO_TABLES, withMangle } from '../host/state.ts';
import type { Chain } from '../iptables/table.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { OF_OTHERS } from './beside-others.ts';
import { lowerEntries } from './entries.ts';
import { lowerFrame } from './frame.ts';
import { withRekeyJumps } from './rekey.ts';
import { lowerRouting, lowerSysctls } from './routing.ts';

/** What a host should hold so that its packets are marked and routed as the plan says. */
export function lowerPlan(plan: MarkPlan): HostState {
  return {
    link: { name: plan.interface, state: 'up' },
    sysctls: lowerSysctls(plan),
    ...lowerRouting(plan),
    tables: { ...NO_TABLES, mangle: lowerFrame(plan, lowerEntries(plan)) },
  };
}

/** Everything that some policy for the same device would have put, or taken, where others have rules, too. */
export function lowerOurs(mast: Pick<MarkPlan, 'interface' | 'table'>): HostState {
  // its frame has each rule of the other one
  const host = withRekeyJumps(lowerPlan({ ...mast, tracking: 'flow', ikePorts: [], entries: [] }));
  const chains = new Map(host.tables.mangle.chains);
  for (const [name, rules] of OF_OTHERS) {
    const { policy, rules: own } = chains.get(name) as Chain;
    chains.set(name, { policy, rules: [...own, ...rules] });
  }
  return withMangle(host, chains);
}
