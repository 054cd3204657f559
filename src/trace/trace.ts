import { isMarked } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import type { HostState } from '../host/state.ts';
import type { Sighting } from './match.ts';
import type { Egress } from './route.ts';
import { routePacket } from './route.ts';
import type { Visit, Walk } from './walk.ts';
import { walkChain } from './walk.ts';

export interface Trace {
  /** The marks of packet and flow at the end of the way. */
  readonly nfmark: number;
  readonly ctmark: number;
  /** The conntrack zone that raw gives to its flow, in the direction in which it goes. */
  readonly zone: number | undefined;
  /** Where it goes by then: nat may have sent it elsewhere. */
  readonly dst: number;
  /** Where it leaves, or that a rule drops it. */
  readonly egress: Egress | { readonly kind: 'dropped' };
  /** The ip rule that sent it there. */
  readonly routedBy: string | undefined;
  /** Every rule that it matched, in order. */
  readonly path: readonly Visit[];
  /** What could not be evaluated. Where there is any, the rest holds if none of it applies. */
  readonly doubts: readonly string[];
}

/** The way of a packet through a host: its hook, routing by the mark that it then has, and on to the device. */
export function trace(state: HostState, packet: Packet): Trace {
  const first = walkHook(state, packet);
  if (first.verdict === 'DROP') return ended(first);
  const sent = { ...packet, dst: first.dst };
  const { egress, by, doubts } = routePacket(state, sent, first.nfmark);
  const chains = chainsBehind(sent, egress);
  return chains.reduce<Trace>(
    (soFar, chain) => {
      if (soFar.egress.kind === 'dropped') return soFar;
      const walk = walkChain(
        { table: state.tables.mangle, sets: state.sets },
        chain,
        sightingIn(chain, sent, { ...soFar, egress, mast: state.link.name }),
      );
      return {
        nfmark: walk.nfmark,
        ctmark: walk.ctmark,
        zone: soFar.zone,
        dst: walk.dst,
        egress: walk.verdict === 'DROP' ? { kind: 'dropped' } : egress,
        routedBy: by,
        path: [...soFar.path, ...walk.path],
        doubts: [...soFar.doubts, ...walk.doubts],
      };
    },
    { ...ended(first), egress, routedBy: by, doubts: [...first.doubts, ...doubts] },
  );
}

/** Before routing: raw, mangle with the mark that raw has left, and nat with that of mangle. */
function walkHook({ sets, tables: { raw, mangle, nat } }: HostState, packet: Packet): Walk {
  const sighting = arrival(packet);
  const early = walkChain({ table: raw, sets }, packet.hook, sighting);
  if (early.verdict === 'DROP') return early;
  const walk = joined(
    early,
    walkChain({ table: mangle, sets }, packet.hook, { ...sighting, nfmark: early.nfmark }),
  );
  // nat is asked about a flow's first packet, and remembers for all others
  if (walk.verdict === 'DROP' || packet.direction === 'reply') return walk;
  const { nfmark, ctmark } = walk;
  const sent = walkChain({ table: nat, sets }, packet.hook, { ...sighting, nfmark, ctmark });
  // where others send unmarked packets, in ways that cannot be followed, is nothing to us
  return joined(walk, isMarked(nfmark) ? sent : { ...sent, doubts: [] });
}

function joined(early: Walk, late: Walk): Walk {
  return {
    ...late,
    zone: early.zone ?? late.zone,
    path: [...early.path, ...late.path],
    doubts: [...early.doubts, ...late.doubts],
  };
}

function ended({ nfmark, ctmark, dst, zone, path, doubts }: Walk): Trace {
  return { nfmark, ctmark, dst, zone, egress: { kind: 'dropped' }, routedBy: undefined, path, doubts };
}

/** In OUTPUT the device is the one that an unmarked packet would take: not known here. */
function arrival(packet: Packet): Sighting {
  const { hook, nfmark, ctmark, inInterface } = packet;
  return hook === 'OUTPUT'
    ? { packet, nfmark, ctmark, inInterface: '', outInterface: undefined }
    : { packet, nfmark, ctmark, inInterface, outInterface: '' };
}

function chainsBehind({ hook }: Packet, { kind }: Egress): string[] {
  if (kind === 'unreachable') return [];
  if (hook === 'PREROUTING') return kind === 'local' ? ['INPUT'] : ['FORWARD', 'POSTROUTING'];
  return ['POSTROUTING'];
}

interface Routed {
  readonly nfmark: number;
  readonly ctmark: number;
  readonly egress: Egress;
  /** The device that main does not send packets to. */
  readonly mast: string;
}

function sightingIn(chain: string, packet: Packet, { nfmark, ctmark, egress, mast }: Routed): Sighting {
  const common = { packet, nfmark, ctmark };
  switch (chain) {
    case 'INPUT':
      return { ...common, inInterface: packet.inInterface, outInterface: '' };
    case 'FORWARD':
      return { ...common, inInterface: packet.inInterface, ...outOf(egress, mast) };
    default:
      return { ...common, inInterface: undefined, ...outOf(egress, mast) };
  }
}

function outOf(egress: Egress, mast: string): Pick<Sighting, 'outInterface' | 'otherThan'> {
  switch (egress.kind) {
    case 'device':
      return { outInterface: egress.device };
    case 'local':
      return { outInterface: 'lo' };
    default:
      // a packet for somebody else does not leave by lo
      return { outInterface: undefined, otherThan: [mast, 'lo'] };
  }
}
