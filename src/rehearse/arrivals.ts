import { MADE_HERE } from '../domain/selector.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import type { Namespace } from '../system/namespace.ts';
import { batch, FAR_ENDS, FAR_MAST, NEXT_HOP } from './stage.ts';

/** The devices that forwarded packets can come in by. */
export interface ArrivalDevices {
  /** The neighbour's end of each. */
  readonly farEnds: ReadonlyMap<string, string>;
  /** Those that entries ask for and that cannot be had, and why. */
  readonly missing: ReadonlyMap<string, string>;
}

/** Makes each device that an entry's `in:` names, unless the stage has it, and a way for packets to it. */
export async function addArrivalDevices(
  gateway: Namespace,
  neighbour: Namespace,
  plan: MarkPlan,
): Promise<ArrivalDevices> {
  const farEnds = new Map([...FAR_ENDS, [plan.interface, FAR_MAST]]);
  const missing = new Map<string, string>([['lo', 'no forwarded packet comes in by lo']]);
  for (const device of inputDevicesOf(plan)) {
    if (farEnds.has(device) || missing.has(device)) continue;
    const link: Link = { device, farEnd: `in${String(farEnds.size)}`, number: farEnds.size };
    const refusal = await makeLink(gateway, neighbour, link);
    if (refusal === undefined) farEnds.set(device, link.farEnd);
    else missing.set(device, `the device ${device} cannot be made: ${refusal}`);
  }
  return { farEnds, missing };
}

function inputDevicesOf(plan: MarkPlan): Set<string> {
  const named = activeEntriesOf(plan).flatMap(({ selector }) => selector.inInterface ?? []);
  return new Set(named.filter((device) => device !== MADE_HERE));
}

interface Link {
  readonly device: string;
  readonly farEnd: string;
  /** Of no other link. */
  readonly number: number;
}

/** @returns what the kernel has against a device of that name */
async function makeLink(
  gateway: Namespace,
  neighbour: Namespace,
  { device, farEnd, number }: Link,
): Promise<string | undefined> {
  const [upper, lower] = [Math.floor(number / 0x100), number % 0x100].map((byte) => byte.toString(16));
  const mac = `02:00:00:01:${String(upper)}:${String(lower)}`;
  const far = ['peer', 'name', farEnd, 'netns', String(neighbour.pid)];
  const { exitCode, stderr } = await gateway.execute({
    argv: ['ip', 'link', 'add', 'name', device, 'address', mac, 'type', 'veth', ...far],
  });
  if (exitCode !== 0) return stderr.trim();
  await batch(gateway, [`link set dev ${device} up`]);
  await batch(neighbour, [
    `link set dev ${farEnd} up`,
    `neighbour add ${NEXT_HOP} lladdr ${mac} nud permanent dev ${farEnd}`,
    // packets are bound to the device, which makes the metric mean nothing: but no two routes may be the same
    `route add default via ${NEXT_HOP} dev ${farEnd} metric ${String(number)} onlink`,
  ]);
  return undefined;
}
