import { readHost } from '../apply/read-host.ts';
import type { HostReading } from '../host/parse.ts';
import type { HostState } from '../host/state.ts';
import type { HostTools } from '../system/host-tools.ts';
import { ALL_SOURCE_MARK, reversePathKeys } from './environment.ts';
import { redirectKeys } from './redirects.ts';
import type { LinkTexts } from './segments.ts';

export const FORWARDING = 'net.ipv4.ip_forward';

export async function readLinkTexts(tools: HostTools): Promise<LinkTexts> {
  const [links, defaults] = await Promise.all([tools.readLinks(), tools.readDefaultRoutes()]);
  return { links, defaults, iptables: tools.backend.save.replace(/-save$/, '') };
}

/** The host, and switches beside ours that are looked at, whatever their value. */
export function readLive(tools: HostTools, ours: HostState): Promise<HostReading> {
  const others = [...reversePathKeys(ours), ALL_SOURCE_MARK, FORWARDING, ...redirectKeys(ours.link.name)];
  const sysctls = new Map([...ours.sysctls, ...others.map((key) => [key, false] as const)]);
  return readHost(tools, { ...ours, sysctls });
}
