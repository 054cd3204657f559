import type { Cidr } from '../domain/cidr.ts';
import { networksIn } from '../domain/network-index.ts';
import { oncePer } from '../domain/once.ts';
import { aliasesOf } from './aliases.ts';
import type { MarkPlan, ProtectedNetwork } from './plan.ts';

/** Those that the policy names, and every alias: nobody has such an address but by mast. */
export const protectedNetworks = oncePer((plan: MarkPlan): readonly ProtectedNetwork[] => [
  ...plan.protect,
  ...aliasesOf(plan).map(({ alias, origin }) => ({ network: alias, origin })),
]);

/** Whether an address is in one of them, and in no network that the policy takes out. */
export function isInProtected(plan: MarkPlan, address: number): boolean {
  return insideOf(plan)(address) !== undefined && outsideOf(plan.unprotected)(address) === undefined;
}

const insideOf = oncePer((plan: MarkPlan) =>
  networksIn(protectedNetworks(plan).map(({ network }) => network)),
);

const outsideOf = oncePer((networks: readonly Cidr[]) => networksIn(networks));
