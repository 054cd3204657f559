import { addressText } from '../domain/cidr.ts';
import type { HostState } from '../host/state.ts';
import { hexOf, SAREF_BITS } from '../domain/mark.ts';
import type { RestoreLine } from '../iptables/restore.ts';
import { printRestore } from '../iptables/restore.ts';
import { onwardEntriesOf } from '../plan/onward.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { answeredConns } from '../plan/plan.ts';
import type { HostTools } from '../system/host-tools.ts';
import type { Namespace } from '../system/namespace.ts';
import type { Responder } from '../system/respond.ts';
import type { RawPacket } from '../system/send.ts';
import { strangerMark } from '../verify/arrival-witnesses.ts';
import type { Count, Counted } from '../verify/count.ts';
import { countingScripts, readCounts } from '../verify/count.ts';
import type { Seen } from '../verify/judge.ts';
import { SENT } from '../verify/judge.ts';
import { bytesOf } from '../verify/payload.ts';
import type { Probe } from '../verify/probe.ts';
import { hasMemory } from '../verify/probe.ts';
import { setAside } from './entry-rules.ts';
import { withAddresses } from './stage.ts';

/** What a rehearsal needs of the machine. */
export interface RehearsalPorts {
  readonly gateway: Namespace;
  readonly neighbour: Namespace;
  /** Those of the gateway. */
  readonly tools: HostTools;
  /** Per packet SENT, or what the system said instead. */
  readonly send: (from: Namespace, packets: readonly RawPacket[]) => Promise<string[]>;
  /** A server of UDP on a host, which answers everybody. */
  readonly respond: (
    host: Namespace,
    place: { readonly address: string; readonly port: number },
  ) => Promise<Responder>;
}

export interface Scene {
  readonly plan: MarkPlan;
  readonly host: HostState;
  readonly probes: readonly Probe[];
  /** The neighbour's end of each device that packets come in by. */
  readonly farEnds: ReadonlyMap<string, string>;
}

/** Each probe goes twice, so that a mark that does not hold is seen. */
const COPIES = 2;

/**
 * Sends every probe twice and counts. Where the flow has a memory the entries are set aside in between:
 * a flow keeps its conn, whatever the entries would say by then.
 */
export async function observeProbes(scene: Scene, ports: RehearsalPorts): Promise<Seen[]> {
  const { plan, host, probes } = scene;
  const { tools } = ports;
  if (onwardEntriesOf(plan).length > 0) await tools.restore(printRestore('raw', [decapsulating(plan)]));
  for (const lines of countingScripts(probes, plan.interface))
    await tools.restore(printRestore('mangle', lines));
  const [remembered, others] = [true, false].map((wanted) =>
    probes.filter((probe) => hasMemory(plan, probe) === wanted),
  ) as [Probe[], Probe[]];
  const rounds = [await sendRound(probes, scene, ports), await sendRound(others, scene, ports)];
  if (remembered.length > 0) {
    await countProbes(probes, { copies: 1, tools });
    await tools.restore(printRestore('mangle', setAside(host)));
    rounds.push(await sendRound(remembered, scene, ports));
  }
  const counts = await countProbes(probes, { copies: COPIES, tools });
  return probes.map((probe, index) => {
    const results = rounds.flatMap((round) => round.get(probe) ?? []);
    const result = results.find((one) => one !== SENT) ?? SENT;
    return { count: counts[index] as Count, sending: { copies: COPIES, result } };
  });
}

/** Stands in for mast, which gives an inbound SAref to what it decapsulates: here that of nobody. */
function decapsulating(plan: MarkPlan): RestoreLine {
  const nfmark = strangerMark(answeredConns(plan));
  const mark = `-m mark --mark 0x0/${hexOf(SAREF_BITS)} -j MARK --set-xmark ${hexOf(nfmark)}/${hexOf(SAREF_BITS)}`;
  return { text: `-I PREROUTING 1 -i ${plan.interface} ${mark}` };
}

/**
 * First the probes of the gateway itself, which has their sources as addresses for as long as that
 * takes, then those that it forwards, which may be from anywhere.
 */
async function sendRound(
  probes: readonly Probe[],
  { farEnds }: Scene,
  { gateway, neighbour, send }: RehearsalPorts,
): Promise<Map<Probe, string>> {
  const rawOf = ({ packet: { inInterface = '', ...packet } }: Probe): RawPacket => ({
    bytes: bytesOf(packet),
    device: farEnds.get(inInterface),
    ...{ uid: packet.uid, gid: packet.gid },
  });
  const [local, forwarded] = (['OUTPUT', 'PREROUTING'] as const).map((hook) =>
    probes.filter(({ packet }) => packet.hook === hook),
  ) as [Probe[], Probe[]];
  const sources = local.map(({ packet }) => addressText(packet.src));
  const results = [
    ...(await withAddresses(gateway, sources, () => send(gateway, local.map(rawOf)))),
    ...(await send(neighbour, forwarded.map(rawOf))),
  ];
  return new Map([...local, ...forwarded].map((probe, index) => [probe, results[index] ?? 'not sent']));
}

const PATIENCE_MS = 1000;

/** A forwarded packet is counted a moment after it was sent: look until all are there, or for a second. */
export async function countProbes(
  probes: readonly Counted[],
  { copies, tools }: { readonly copies: number; readonly tools: HostTools },
): Promise<Count[]> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const counts = readCounts(probes, await tools.readCounters());
    const isAll = counts.every(({ onMast, elsewhere }) => onMast + elsewhere >= copies);
    if (isAll || Date.now() > deadline) return counts;
  }
}
