import { besideWords, packetText } from '../../domain/packet.ts';
import { MADE_HERE } from '../../domain/selector.ts';
import type { Witness } from '../../domain/witness.ts';

/** A packet as an example in a sentence: `udp 10.9.1.1:40000 -> 192.168.0.1:53 in eth0`. */
export function exampleOf(witness: Witness): string {
  const arrival = witness.inInterface === MADE_HERE ? [] : [`in ${witness.inInterface}`];
  return [packetText(witness), ...arrival, ...besideWords(witness)].join(' ');
}
