import { readHost } from '../apply/read-host.ts';
import { lowerOurs } from '../lower/lower.ts';
import { mastIn } from '../lower/routing.ts';
import type { HostTools } from '../system/host-tools.ts';

/** Without a policy: the ip rules of one that was applied say it. */
export async function mastHere(tools: HostTools): Promise<{ interface: string; table: number }> {
  const usual = { interface: 'mast0', table: 50 };
  const { state } = await readHost(tools, lowerOurs(usual));
  return (state && mastIn(state.ipRules)) ?? usual;
}
