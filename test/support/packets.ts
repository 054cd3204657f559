import type { Packet } from '../../src/domain/packet.ts';
import { MADE_HERE } from '../../src/domain/selector.ts';
import type { Witness } from '../../src/domain/witness.ts';
import { address } from './addresses.ts';

type PacketParts = Partial<Omit<Packet, 'src' | 'dst'>> & { readonly src?: string; readonly dst?: string };

/** A packet that this host makes, unless the parts say otherwise. */
export function packet({ src = '10.9.1.1', dst = '192.168.0.1', ...rest }: PacketParts = {}): Packet {
  return {
    hook: 'OUTPUT',
    src: address(src),
    dst: address(dst),
    protocol: 17,
    sport: 20_000,
    dport: 20_001,
    srcIsLocal: true,
    dstIsLocal: false,
    nfmark: 0,
    ctmark: 0,
    ...rest,
  };
}

/** One that comes in, from a host to a host. */
export function forwarded(parts: PacketParts = {}): Packet {
  return packet({ hook: 'PREROUTING', inInterface: 'eth1', srcIsLocal: false, ...parts });
}

/** Of a protocol that has no ports. */
export function withoutPorts(one: Packet): Packet {
  const rest: { -readonly [Key in keyof Packet]: Packet[Key] } = { ...one };
  delete rest.sport;
  delete rest.dport;
  return rest;
}

/** The packet that a witness is an example of. */
export function packetOf({ inInterface, ...header }: Witness): Packet {
  const isLocal = inInterface === MADE_HERE;
  return {
    ...header,
    ...(isLocal ? { hook: 'OUTPUT' } : { hook: 'PREROUTING', inInterface }),
    ...{ srcIsLocal: isLocal, dstIsLocal: false, nfmark: 0, ctmark: 0 },
  };
}
