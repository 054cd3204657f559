import type { Packet } from '../domain/packet.ts';
import { packetText } from '../domain/packet.ts';
import type { Count } from '../verify/count.ts';
import { markText } from '../verify/judge.ts';

/** A packet of a rehearsal, and what was seen of it. */
interface Row {
  readonly name: string;
  readonly packet: Packet;
  readonly wanted: number;
  readonly count: Count;
  readonly isRight: boolean;
}

export function packetColumns({ name, packet, wanted, count, isRight }: Row, device: string): string {
  const columns = [
    `  ${name.padEnd(9)}`,
    packetText(packet).padEnd(46),
    `policy ${markText(wanted).padEnd(24)}`,
    `${device} ${countText(count).padEnd(24)}`,
  ];
  return `${columns.join('  ')}  ${isRight ? 'ok' : 'WRONG'}\n`;
}

function countText({ nfmark, elsewhere }: Count): string {
  if (typeof nfmark === 'number') return markText(nfmark);
  if (nfmark === 'mixed') return 'several nfmarks';
  return elsewhere > 0 ? 'nothing: left in clear' : 'nothing';
}
