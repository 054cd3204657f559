import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { aliasesOf } from '../plan/aliases.ts';
import { checkAliasRoutes } from '../plan/checks/alias-route.ts';
import { checkOwnNetworks } from '../plan/checks/own-network.ts';
import type { MarkPlan } from '../plan/plan.ts';
import type { HostTools } from '../system/host-tools.ts';
import { parseOwnNetworks } from '../verify/own-addresses.ts';
import { parseWays } from '../verify/ways.ts';

/** What a policy says against this host, which `check` cannot know. */
export async function checkHere(plan: MarkPlan, tools: HostTools): Promise<Diagnostic[]> {
  const ofProtected =
    plan.protect.length === 0 ? [] : checkOwnNetworks(plan, parseOwnNetworks(await tools.readAddresses()));
  const ofAliases =
    aliasesOf(plan).length === 0 ? [] : checkAliasRoutes(plan, parseWays(await tools.readAllRoutes()));
  return [...ofProtected, ...ofAliases];
}
