import { hexOf, SAREF_FLAG } from '../domain/mark.ts';
import type { IpRule } from '../host/ip-rule.ts';
import type { HostState } from '../host/state.ts';
import { BLOCKED } from '../domain/saref.ts';
import { onwardEntriesOf } from '../plan/onward.ts';
import { deviceSwitch } from '../host/sysctl.ts';
import type { MarkPlan } from '../plan/plan.ts';

const MARKED = `fwmark ${hexOf(SAREF_FLAG.value)}/${hexOf(SAREF_FLAG.mask)}`;

const LOOKUP = new RegExp(`^from all ${MARKED} lookup ([0-9]+)$`);

/**
 * Marked packets to the mast device or nowhere. The route `unreachable` stands when the device is down
 * or gone, the ip rule `unreachable` when somebody flushes the table: without them the lookup falls
 * through to main and the packet leaves in clear.
 */
export function lowerRouting(plan: MarkPlan): Pick<HostState, 'routes' | 'ipRules'> {
  const { interface: device, table } = plan;
  return {
    routes: {
      table,
      routes: [
        { words: 'unreachable default metric 4294967295' },
        { words: `default dev ${device} scope link` },
      ],
    },
    ipRules: [...(onwardEntriesOf(plan).length === 0 ? [] : onwardRules(plan)), ...ipRules(device, table)],
  };
}

/**
 * What mast decapsulates carries a mark too, and without the first rule would be routed back into
 * mast; `lookup main` goes on where main has no route, hence the second.
 */
function ipRules(device: string, table: number): IpRule[] {
  return [
    { priority: 32763, words: `from all iif ${device} lookup main` },
    { priority: 32764, words: `from all iif ${device} unreachable` },
    { priority: 32765, words: `from all ${MARKED} lookup ${String(table)}` },
    { priority: 32765, words: `from all ${MARKED} unreachable` },
  ];
}

/**
 * src_valid_mark: the reverse path filter looks at the mark too, else it drops what mast decapsulates.
 * The other two would give replies the inbound ref with bit 31, which passes for an application's mark.
 */
export function lowerSysctls({ interface: device }: MarkPlan): Map<string, boolean> {
  return new Map([
    [deviceSwitch(device, 'src_valid_mark'), true],
    ['net.ipv4.fwmark_reflect', false],
    ['net.ipv4.tcp_fwmark_accept', false],
  ]);
}

/**
 * What is to go on by mast has SAref 0 while it is routed (see onward.ts), which nothing else has that
 * mast has decapsulated. In front of all others: the next one leads out of the tunnels.
 */
export function onwardRules({ interface: device, table }: Pick<MarkPlan, 'interface' | 'table'>): IpRule[] {
  const onItsWay = `fwmark ${hexOf(BLOCKED.value)}/${hexOf(BLOCKED.mask)} iif ${device}`;
  return [
    { priority: 32762, words: `from all ${onItsWay} lookup ${String(table)}` },
    { priority: 32762, words: `from all ${onItsWay} unreachable` },
  ];
}

/** The device and the routing table that ip rules of ours speak of; undefined where none does. */
export function mastIn(ipRules: readonly IpRule[]): Pick<MarkPlan, 'interface' | 'table'> | undefined {
  const words = ipRules.map((rule) => rule.words);
  const [device, table] = [/^from all iif (\S+) unreachable$/, LOOKUP].map(
    (form) => words.flatMap((text) => form.exec(text)?.[1] ?? [])[0],
  );
  return device === undefined || table === undefined
    ? undefined
    : { interface: device, table: Number(table) };
}
