import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.ts';

/** An IP packet to be sent as it is. */
export interface RawPacket {
  /** All of it, the IP header too; the kernel puts in an identification. */
  readonly bytes: readonly number[];
  /** What it leaves by; undefined for a source that is an address of the host, which sends it as its own. */
  readonly device: string | undefined;
  /** The source is no address of the host: it is sent all the same, by the device that routing finds. */
  readonly isForeign?: boolean;
  /** The user and the group that send it; root, where nothing is said. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** What reads lines of `packetLine`, inside a namespace, and answers each with one. */
export const SENDER_ARGV = ['perl', fileURLToPath(new URL('sender.pl', import.meta.url))] as const;

export function packetLine({ bytes, device, isForeign = false, uid = 0, gid = 0 }: RawPacket): string {
  const words = [device ?? (isForeign ? '*' : '-'), Buffer.from(bytes).toString('hex'), uid, gid];
  return `${words.join(' ')}\n`;
}

/**
 * Sends from a host, all packets by one process. Per packet "sent", or what the system said instead,
 * such as "Network is unreachable".
 *
 * @throws CommandFailed
 */
export async function sendPackets(
  host: Pick<Namespace, 'mustRun'>,
  packets: readonly RawPacket[],
): Promise<string[]> {
  if (packets.length === 0) return [];
  const stdin = packets.map(packetLine).join('');
  const answer = await host.mustRun({ argv: SENDER_ARGV, stdin });
  return answer.trimEnd().split('\n');
}
