import { isMarked } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import { besideWords, packetText } from '../domain/packet.ts';
import { markText, originText } from './judge.ts';

/** `udp 10.9.1.1:40000 -> 192.168.0.1:53 (forwarded, in eth1)`, and what the kernel knows beside the header. */
export function packetWords(packet: Packet): string {
  const { inInterface, dstIsLocal, nfmark, ctmark } = packet;
  const words = [
    originText(packet),
    inInterface === undefined ? [] : `in ${inInterface}`,
    dstIsLocal ? 'to this host' : [],
    besideWords(packet),
    isMarked(nfmark) ? `with nfmark ${markText(nfmark)}` : [],
    isMarked(ctmark) ? `of a flow with ctmark ${markText(ctmark)}` : [],
  ];
  return `${packetText(packet)} (${words.flat().join(', ')})`;
}
