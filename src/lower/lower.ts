import type { HostState } from '../host/state.ts';
import type { MarkPlan } from '../plan/plan.ts';
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
    tables: { mangle: lowerFrame(plan, lowerEntries(plan)) },
  };
}

/** Everything that some policy for the same device would have put where others have rules, too. */
export function lowerOurs(plan: MarkPlan): HostState {
  // its frame has each rule of the other one
  return withRekeyJumps(lowerPlan({ ...plan, tracking: 'flow' }));
}
