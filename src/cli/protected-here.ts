import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { checkOwnNetworks } from '../plan/checks/own-network.ts';
import type { HostTools } from '../system/host-tools.ts';
import { parseOwnNetworks } from '../verify/own-addresses.ts';

/** What a policy says against this host, which `check` cannot know. */
export async function protectedHere(plan: MarkPlan, tools: HostTools): Promise<Diagnostic[]> {
  return plan.protect.length === 0
    ? []
    : checkOwnNetworks(plan, parseOwnNetworks(await tools.readAddresses()));
}
