import { aliasesOf } from './aliases.ts';
import type { MarkPlan, ProtectedNetwork } from './plan.ts';

/** Those that the policy names, and every alias: nobody has such an address but by mast. */
export function protectedNetworks(plan: MarkPlan): ProtectedNetwork[] {
  return [...plan.protect, ...aliasesOf(plan).map(({ alias, origin }) => ({ network: alias, origin }))];
}
