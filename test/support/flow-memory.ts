import type { Packet } from '../../src/domain/packet.ts';
import type { HostState } from '../../src/host/state.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { trace } from '../../src/trace/trace.ts';

/** A packet with the ctmark that it met, and its way. */
export interface Traced {
  readonly packet: Packet;
  readonly way: Trace;
}

/**
 * Traces packets one after the other, and keeps the ctmarks of their flows as conntrack does: it
 * takes a flow into its table when the first packet leaves or is delivered, so what a packet that is
 * dropped has set goes with it, unless the flow is there already.
 */
export class FlowMemory {
  readonly #ctmarks = new Map<string, number>();
  readonly #doubted = new Set<string>();

  /** The ways of which there is no doubt: after a packet with doubts nothing is known about its flow. */
  traceAll(state: HostState, packets: readonly Packet[]): Traced[] {
    return packets.flatMap((packet) => {
      const flow = flowOf(packet);
      if (this.#doubted.has(flow)) return [];
      const known = this.#ctmarks.get(flow);
      const met = { ...packet, ctmark: known ?? 0 };
      const way = trace(state, met);
      if (way.doubts.length > 0) {
        this.#doubted.add(flow);
        return [];
      }
      if (known !== undefined || way.egress.kind !== 'dropped') this.#ctmarks.set(flow, way.ctmark);
      return [{ packet: met, way }];
    });
  }
}

/** The same for both directions. */
function flowOf({ src, sport, dst, dport }: Packet): string {
  return [
    [src, sport],
    [dst, dport],
  ]
    .map(String)
    .sort()
    .join(' ');
}
