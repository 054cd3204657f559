import { hexOf } from '../../src/domain/mark.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { BLOCKED, remembered } from '../../src/domain/saref.ts';
import type { HostState } from '../../src/host/state.ts';
import { trace } from '../../src/trace/trace.ts';

/**
 * Where a packet goes: out by mast with a SAref, out by main, or nowhere. Not to which address: nat is written
 * before mangle, so between the two a packet to an alias that goes away has the old mark and no real address.
 */
export function fateOf(state: HostState, packet: Packet): string {
  const { egress, nfmark } = trace(state, packet);
  if (egress.kind === 'device') {
    const { value } = remembered(nfmark);
    return value === BLOCKED.value ? 'blocked' : `mast ${hexOf(value)}`;
  }
  return egress.kind === 'unreachable' || egress.kind === 'dropped' ? 'blocked' : egress.kind;
}
