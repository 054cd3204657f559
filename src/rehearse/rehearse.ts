import { addressText } from '../domain/cidr.ts';
import type { Applied } from '../apply/apply.ts';
import { applyHost } from '../apply/apply.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { HostState } from '../host/state.ts';
import { printRestore } from '../iptables/restore.ts';
import type { MarkPlan } from '../plan/plan.ts';
import type { HostTools } from '../system/host-tools.ts';
import type { Namespace } from '../system/namespace.ts';
import type { Datagram } from '../system/udp-sender.ts';
import type { Count } from '../verify/count.ts';
import { countingLines, readCounts } from '../verify/count.ts';
import type { Verdict } from '../verify/judge.ts';
import { judge, notProbed } from '../verify/judge.ts';
import type { Probe } from '../verify/probe.ts';
import { probesFor } from '../verify/probe.ts';
import type { Sabotage } from './sabotage.ts';
import { sabotage } from './sabotage.ts';
import { BRANCH_DEVICE, setStage, withAddresses } from './stage.ts';

/** What a rehearsal needs of the machine. */
export interface RehearsalPorts {
  readonly gateway: Namespace;
  readonly neighbour: Namespace;
  /** Those of the gateway. */
  readonly tools: HostTools;
  send(from: Namespace, datagrams: readonly Datagram[]): Promise<string[]>;
}

export interface Rehearsal {
  readonly applied: Applied;
  /** Two for each entry that can be probed: a local packet and a forwarded one. */
  readonly verdicts: readonly Verdict[];
  /** Everything that did not go as the policy says; none is a success. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Each probe goes twice, so that a mark that does not hold is seen. */
const COPIES = 2;

/** The policy applied and tried on a stage of its own: real rules, real packets, counted where they leave. */
export async function rehearse(
  { plan, host }: { readonly plan: MarkPlan; readonly host: HostState },
  ports: RehearsalPorts,
  toBreak?: Sabotage,
): Promise<Rehearsal> {
  const { gateway, neighbour, tools } = ports;
  await setStage(gateway, neighbour, plan.interface);
  const applied = await applyHost(tools, host);
  if (applied.kind !== 'applied') return { applied, verdicts: [], diagnostics: [] };
  if (toBreak !== undefined) await sabotage(toBreak, tools, { plan, host });
  const { probes, unprobed } = probesFor(plan, BRANCH_DEVICE);
  await tools.restore(printRestore('mangle', countingLines(probes, plan.interface)));
  const results = await sendProbes(probes, ports);
  const counts = await countProbes(probes, tools);
  const verdicts = probes.map((probe, index) =>
    judge(plan, probe, {
      count: counts[index] as Count,
      sending: { copies: COPIES, result: results.get(probe) ?? 'not sent' },
    }),
  );
  const complaints = verdicts.flatMap(({ diagnostic }) => diagnostic ?? []);
  return { applied, verdicts, diagnostics: [...complaints, ...unprobed.map(notProbed)] };
}

/** First those of the gateway itself, then those that it forwards: an address cannot be on both sides at once. */
async function sendProbes(probes: readonly Probe[], ports: RehearsalPorts): Promise<Map<Probe, string>> {
  const results = new Map<Probe, string>();
  for (const [host, hook] of [
    [ports.gateway, 'OUTPUT'],
    [ports.neighbour, 'PREROUTING'],
  ] as const) {
    const own = probes.filter(({ packet }) => packet.hook === hook);
    const datagrams = own.map(datagramOf);
    const sources = datagrams.map(({ src }) => src);
    const sent = await withAddresses(host, sources, () => ports.send(host, datagrams));
    own.forEach((probe, index) => results.set(probe, sent[index] ?? 'not sent'));
  }
  return results;
}

function datagramOf({ packet: { src, sport = 0, dst, dport = 0 } }: Probe): Datagram {
  return { src: addressText(src), sport, dst: addressText(dst), dport, copies: COPIES };
}

const PATIENCE_MS = 1000;

/** A forwarded packet is counted a moment after it was sent: look until all are there, or for a second. */
async function countProbes(probes: readonly Probe[], tools: HostTools): Promise<Count[]> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const counts = readCounts(probes, await tools.readCounters());
    const isAll = counts.every(({ onMast, elsewhere }) => onMast + elsewhere >= COPIES);
    if (isAll || Date.now() > deadline) return counts;
  }
}
