import fc from 'fast-check';
import type { Packet } from '../../src/domain/packet.ts';
import { UDP } from '../../src/domain/protocol.ts';
import { address } from './addresses.ts';
import { mostly } from './arbitraries.ts';

/** Of the gateway, and of the neighbour that sends by its branch. */
export const LOCAL_SOURCES = ['10.9.1.1', '10.9.2.7'];
export const BRANCH_SOURCES = ['10.9.1.9', '10.9.2.9'];
const DESTINATIONS = ['192.168.0.5', '192.168.7.5', '172.20.0.1', '8.8.8.8'];

/** Ports that stand for the mark with which a packet from the branch meets the mangle table. */
export const PREMARKED: ReadonlyMap<number, number> = new Map([
  [7001, 0x80050000],
  [7002, 0x00001234],
  [7003, 0x80010000],
]);

/** A flow of UDP but for one of its ports, which is to be a fresh one: conntrack has not forgotten the last test. */
export interface Talk {
  readonly hook: Packet['hook'];
  readonly src: string;
  readonly dst: string;
  readonly port: number;
  /** The end that is not `port`. */
  readonly freshEnd: 'sport' | 'dport';
  readonly packets: number;
  /** How many the gateway sends back, when it has got them all. */
  readonly answers: number;
}

const PORTS = [500, 4000, 53, 1701, 4500, 20_000];

export function anyTalk(): fc.Arbitrary<Talk> {
  const shape = { packets: fc.constantFrom(1, 2, 2, 3), answers: fc.constantFrom(0, 1, 2) };
  const freshEnd = fc.constantFrom('sport' as const, 'dport' as const);
  const local = fc.record({
    hook: fc.constant('OUTPUT' as const),
    src: fc.constantFrom(...LOCAL_SOURCES),
    dst: fc.constantFrom(...DESTINATIONS),
    port: fc.constantFrom(...PORTS),
    ...{ freshEnd, ...shape },
  });
  const arriving = fc.record({
    hook: fc.constant('PREROUTING' as const),
    src: fc.constantFrom(...BRANCH_SOURCES),
    dst: fc.constantFrom(...DESTINATIONS, ...LOCAL_SOURCES),
    port: mostly(2, PORTS, [...PREMARKED.keys()]),
    ...{ freshEnd, ...shape },
  });
  return fc.oneof(local, arriving);
}

/** The packets of both directions, in their order. */
export function packetsOf(
  talk: Talk,
  { freshPort, branchDevice }: Surroundings,
): Record<'there' | 'back', Packet[]> {
  const { hook, dst, port, freshEnd } = talk;
  const [sport, dport] = freshEnd === 'sport' ? [freshPort, port] : [port, freshPort];
  const dstIsLocal = LOCAL_SOURCES.includes(dst);
  const ends = { src: address(talk.src), dst: address(dst), sport, dport };
  const common = { protocol: UDP, ctmark: 0 };
  const there: Packet =
    hook === 'OUTPUT'
      ? { ...common, ...ends, hook, srcIsLocal: true, dstIsLocal: false, nfmark: 0 }
      : {
          ...{ ...common, ...ends, hook, inInterface: branchDevice, srcIsLocal: false, dstIsLocal },
          nfmark: PREMARKED.get(dport) ?? 0,
        };
  const back: Packet = {
    ...{ ...common, src: ends.dst, dst: ends.src, sport: dport, dport: sport },
    ...{ hook: 'OUTPUT', srcIsLocal: true, dstIsLocal: false, nfmark: 0 },
  };
  return {
    there: Array<Packet>(talk.packets).fill(there),
    back: Array<Packet>(dstIsLocal ? talk.answers : 0).fill(back),
  };
}

interface Surroundings {
  readonly freshPort: number;
  readonly branchDevice: string;
}
