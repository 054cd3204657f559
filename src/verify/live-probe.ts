import { parseTable } from '../host/parse.ts';
import type { RestoreLine } from '../iptables/restore.ts';
import { printRestore } from '../iptables/restore.ts';
import type { HostTools } from '../system/host-tools.ts';
import type { RawPacket } from '../system/send.ts';
import type { Count } from './count.ts';
import { countingScripts, readCounts, removingScripts } from './count.ts';
import type { Seen } from './judge.ts';
import { bytesOf } from './payload.ts';
import type { Probe } from './probe.ts';

/** What a probe needs of the machine. */
export interface ProbePorts {
  readonly tools: HostTools;
  /** From this host; per packet SENT, or what the system said instead. */
  readonly send: (packets: readonly RawPacket[]) => Promise<string[]>;
  /** Whether somebody wants the process to end: what is there is to be taken away now. */
  readonly isInterrupted: () => boolean;
}

export interface ProbeOptions {
  readonly device: string;
  /** Whether the packets are let go, to the clients, when they are counted. */
  readonly isSending: boolean;
}

/** How a probe ended, and what is left of its rules: the scripts that would take them away. */
export type Probed = { readonly left: readonly string[]; readonly leftCause?: unknown } & (
  | { readonly kind: 'seen'; readonly seen: readonly Seen[] }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly cause: unknown }
);

/** Of no other packet: 64, 128 and 255 are what hosts begin with, and it gets less on the way. */
const TIME_TO_LIVE = 201;

/**
 * Sends each probe once and counts where it leaves, by rules that are there for so long and not longer,
 * whatever happens. Never throws for what a command does.
 */
export async function probeHost(
  probes: readonly Probe[],
  options: ProbeOptions,
  ports: ProbePorts,
): Promise<Probed> {
  const ended = await countAll(probes, options, ports);
  return { ...ended, ...(await clear(ports.tools)) };
}

type Ended =
  | { readonly kind: 'seen'; readonly seen: readonly Seen[] }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly cause: unknown };

/** One command after the other: none is under way when it is time to clear up. */
async function countAll(
  probes: readonly Probe[],
  { device, isSending }: ProbeOptions,
  { tools, send, isInterrupted }: ProbePorts,
): Promise<Ended> {
  const tagging = { timeToLive: TIME_TO_LIVE, isDropping: !isSending };
  try {
    // what a run that was killed has left
    const scripts = [...(await remains(tools)), ...countingScripts(probes, device, tagging)];
    for (const lines of scripts) {
      if (isInterrupted()) return { kind: 'interrupted' };
      await tools.restore(scriptOf(lines));
    }
    const results = isInterrupted() ? [] : await send(probes.map(rawOf));
    if (isInterrupted()) return { kind: 'interrupted' };
    const counts = readCounts(probes, await tools.readCounters());
    return { kind: 'seen', seen: counts.map((count, index) => seenOf(count, results[index])) };
  } catch (cause) {
    // a signal to the whole group ends the command first
    return isInterrupted() ? { kind: 'interrupted' } : { kind: 'failed', cause };
  }
}

function seenOf(count: Count, result = 'not sent'): Seen {
  return { count, sending: { copies: 1, result } };
}

function rawOf({ packet }: Probe): RawPacket {
  const { uid, gid } = packet;
  return { bytes: bytesOf(packet, TIME_TO_LIVE), device: undefined, isForeign: !packet.srcIsLocal, uid, gid };
}

const scriptOf = (lines: readonly RestoreLine[]): string => printRestore('mangle', lines);

/** What there is of counting rules now. */
async function remains(tools: HostTools): Promise<RestoreLine[][]> {
  const { table } = parseTable('mangle', {
    name: 'iptables-save -t mangle',
    text: await tools.readCounters(),
  });
  if (table === undefined) throw new Error('the mangle table cannot be read any more');
  return removingScripts(table);
}

/** A signal may end a command of ours as well: then once more. */
const ATTEMPTS = 3;

async function clear(
  tools: HostTools,
): Promise<{ readonly left: readonly string[]; readonly leftCause?: unknown }> {
  let leftCause: unknown;
  let left: readonly string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      left = (await remains(tools)).map(scriptOf);
      for (const script of left) await tools.restore(script);
      return { left: [] };
    } catch (cause) {
      leftCause = cause;
    }
  }
  return { left, leftCause };
}
