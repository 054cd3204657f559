import type { HostState } from '../host/state.ts';
import { deviceSwitch } from '../host/sysctl.ts';
import { onwardEntriesOf } from '../plan/onward.ts';
import type { MarkPlan } from '../plan/plan.ts';
import type { Check } from './check.ts';
import { checkOf } from './check.ts';

/** The kernel sends redirects where either of them is on: man 7 ip, IN_DEV_TX_REDIRECTS of linux/inetdevice.h. */
export function redirectKeys(device: string): [all: string, own: string] {
  return [deviceSwitch('all', 'send_redirects'), deviceSwitch(device, 'send_redirects')];
}

/**
 * SM4034: to who sends a packet that leaves by the device by which it came in, the kernel says that there is
 * a shorter way. Only what goes on from client to client does so; of a plan without that there is no check.
 */
export function checkRedirects(plan: MarkPlan, { sysctls }: HostState): Check[] {
  const entries = onwardEntriesOf(plan);
  const [first] = entries;
  if (first === undefined) return [];
  const device = plan.interface;
  const on = redirectKeys(device).filter((key) => sysctls.get(key) === true);
  const labels = [{ span: first.origin, text: `sends on what comes in by ${device}` }];
  const help = `switch both off, and in /etc/sysctl.d for the next boot:\n${on.map((key) => `sysctl -w ${key}=0`).join('\n')}`;
  return [
    checkOf({
      name: 'redirects',
      text: on.length === 0 ? `off for ${device}` : `on for ${device}, where packets come in and leave again`,
      diagnostics: on.length === 0 ? [] : [{ code: 'SM4034', labels, help }],
    }),
  ];
}
