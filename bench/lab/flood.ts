import type { Namespace } from '../../src/system/namespace.ts';
import { LONGEST_SECONDS, perlFile } from './host.ts';

export interface Flood {
  /** An address of the sender. */
  readonly source: string;
  readonly targets: readonly string[];
  /** Of process time. */
  readonly ms: number;
}

/** Nanoseconds of process time for a packet: what the sender pays, and all that the kernel does at once. */
export async function packetCost(host: Namespace, flood: Flood): Promise<number> {
  const { sent, nanoseconds } = await send(host, flood);
  return nanoseconds / sent;
}

interface Way {
  readonly sender: Namespace;
  readonly gateway: Namespace;
  /** Of the gateway. */
  readonly device: string;
}

/** @throws Error where a packet of this flood does not leave by the device, by which the kernel may send some of its own */
export async function mustLeaveBy({ sender, gateway, device }: Way, flood: Flood): Promise<void> {
  const before = await packetsOut(gateway, device);
  const { sent } = await send(sender, flood);
  const left = (await packetsOut(gateway, device)) - before;
  const all = sent + flood.targets.length;
  if (left < all) throw new Error(`${String(left)} of ${String(all)} packets left by ${device}`);
}

async function send(
  host: Namespace,
  { source, targets, ms }: Flood,
): Promise<{ readonly sent: number; readonly nanoseconds: number }> {
  const argv = ['perl', perlFile('flood.pl'), String(ms), source, ...targets] as const;
  const text = await host.mustRun({ argv, timeLimitSeconds: LONGEST_SECONDS });
  const [sent = NaN, nanoseconds = NaN] = text.split(' ').map(Number);
  return { sent, nanoseconds };
}

export async function packetsOut(host: Namespace, device: string): Promise<number> {
  const text = await host.mustRun({ argv: ['cat', '/proc/net/dev'] });
  const counters = new RegExp(`^ *${device}:(.*)$`, 'm').exec(text)?.[1]?.trim().split(/ +/);
  // behind eight of what came in: bytes, packets
  return Number(counters?.[9]);
}
