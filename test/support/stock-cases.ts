import fc from 'fast-check';
import type { Cidr } from '../../src/domain/cidr.ts';
import { lastAddressOf } from '../../src/domain/cidr.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { AH, ESP, UDP } from '../../src/domain/protocol.ts';
import { address } from './addresses.ts';
import type { StockConn } from './stock.ts';

/** A list of conns, and packets that are about their networks. */
export interface StockCase {
  /** In the order in which they came up. */
  readonly conns: readonly StockConn[];
  /** In the policy too, but it has no SA. */
  readonly down: StockConn;
  /** Comes up while packets flow. */
  readonly late: StockConn;
  readonly packets: readonly Sent[];
}

/** A packet, which of KINDS it is told by, and the one of the other way that it is an answer to. */
export interface Sent extends Packet {
  readonly kind: number;
  readonly answerTo?: Sent;
}

/** Its own address, in the middle of what peers have. */
export const HOST_ADDRESS = address('192.168.0.77');

/** What mast says of whatever it decapsulates. No conn has this SAref. */
export const INBOUND_MARK = 0x80150000;

/** Bit 31 and a SAref that no conn has, then without a SAref, then bits that are no decision. */
const SO_MARKS = [0x8abc0000, 0x8abc1234, 0x80000000, 0x00041234, 0x00001234, 0x00001234];

const UDP_IDS = 16;
const FIRST_ID = 20_000;
const IKE_PORTS = [500, 4500];

/** How iptables tells the packets of a case from each other: each UDP flow has one port of its own. */
export const KINDS: readonly string[] = [
  ...Array.from({ length: UDP_IDS }, (_, index) => String(FIRST_ID + index)).flatMap((port) => [
    `-p udp -m udp --sport ${port}`,
    `-p udp -m udp --dport ${port}`,
  ]),
  ...IKE_PORTS.map((port) => `-p udp -m udp --sport ${String(port)} --dport ${String(port)}`),
  '-p esp',
  '-p ah',
];

/** Their networks nest and touch. */
const MINE = ['10.9.1.0', '10.9.1.0', '10.9.1.255', '10.9.2.0'].map(address);
const PEERS = ['192.168.0.0', '192.168.0.0', '192.168.0.255', '172.20.5.1'].map(address);
const UNKNOWN = { mine: address('172.31.0.9'), peer: address('198.51.100.7') };

function anyNetwork(bases: readonly number[]): fc.Arbitrary<Cidr> {
  const prefix = fc.oneof(fc.constantFrom(0, 16, 23, 24, 24, 25, 31, 32), fc.integer({ min: 8, max: 32 }));
  return fc.tuple(fc.constantFrom(...bases), prefix).map(([base, length]) => {
    const size = 2 ** (32 - length);
    return { address: Math.floor(base / size) * size, prefix: length };
  });
}

/** Some have the same networks as another one. */
function anyConns(): fc.Arbitrary<StockConn[]> {
  const refhim = fc.oneof(fc.constantFrom(1, 2, 0x7fff), fc.integer({ min: 1, max: 0x7fff }));
  const ends = fc.record({ mine: anyNetwork(MINE), peer: anyNetwork(PEERS) });
  const conn = fc.record({
    ends,
    refhim: refhim.filter((ref) => ref !== 0x0abc && ref !== 0x15),
    sameAs: fc.option(fc.nat({ max: 7 }), { freq: 3, nil: undefined }),
  });
  return fc.uniqueArray(conn, { minLength: 3, maxLength: 8, selector: (one) => one.refhim }).map((conns) =>
    conns.map((one, index) => {
      const like = one.sameAs === undefined ? undefined : conns[one.sameAs % conns.length];
      return { name: `conn-${String(index)}`, ...(like ?? one).ends, refhim: one.refhim };
    }),
  );
}

type Edge = 'first' | 'last' | 'below' | 'above' | 'unknown';

interface Ends {
  readonly conn: number;
  /** Whose peer it is, where that is another conn's. */
  readonly other: number | undefined;
  readonly mine: Edge;
  readonly peer: Edge;
}

interface Recipe extends Ends {
  readonly way: 'local' | 'borrowed' | 'branch' | 'mast';
  readonly isToHost: boolean;
  readonly port: number;
  /** On which side the port is by which the flow is told. */
  readonly ownPort: 'sport' | 'dport';
  readonly nfmark: number;
  readonly answer: 'none' | 'branch' | 'mast';
}

/** The first of the values many times as often as each of the others. */
function mostly<T>(weight: number, usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...Array<T>(weight).fill(usual), ...others);
}

const anyEdge = mostly<Edge>(5, 'first', 'last', 'last', 'last', 'below', 'above', 'unknown');

const ANY_ENDS: { [Key in keyof Ends]: fc.Arbitrary<Ends[Key]> } = {
  conn: fc.nat({ max: 7 }),
  other: fc.option(fc.nat({ max: 7 }), { freq: 2, nil: undefined }),
  mine: anyEdge,
  peer: anyEdge,
};

const ANY_UDP: fc.Arbitrary<Recipe> = fc.record({
  ...ANY_ENDS,
  way: fc.constantFrom('local', 'local', 'local', 'local', 'borrowed', 'branch', 'branch', 'branch', 'mast'),
  isToHost: mostly(5, false, true),
  port: fc.constantFrom(53, 1701, 500, 4500, 499, 4501),
  ownPort: fc.constantFrom('sport', 'dport'),
  nfmark: mostly(6, 0, ...SO_MARKS),
  answer: fc.constantFrom('none', 'branch', 'mast'),
});

const INSIDE = { other: undefined, mine: 'first', peer: 'last' } as const;

/** Packets of every list: those for which the rules differ would be rare otherwise. */
const ALWAYS: readonly Partial<Recipe>[] = [
  { ...INSIDE, way: 'local', isToHost: false, port: 53, nfmark: 0x00001234 },
  { ...INSIDE, way: 'local', isToHost: false, port: 53, nfmark: 0x8abc0000 },
  { ...INSIDE, way: 'branch', isToHost: true, port: 1701, answer: 'branch' },
  { ...INSIDE, way: 'borrowed', port: 500 },
  { way: 'mast' },
];

const ANY_UDPS = fc
  .array(ANY_UDP, { minLength: UDP_IDS, maxLength: UDP_IDS })
  .map((recipes) => recipes.map((recipe, index) => ({ ...recipe, ...ALWAYS[index] })));

const ANY_PLAIN = fc.record({ ...ANY_ENDS, way: mostly<Recipe['way']>(3, 'local', 'branch') });

/** @param branchDevice where forwarded packets come in */
export function anyStockCase(branchDevice: string): fc.Arbitrary<StockCase> {
  return fc
    .record({
      conns: anyConns(),
      isTwin: fc.boolean(),
      udps: ANY_UDPS,
      others: fc.tuple(ANY_PLAIN, ANY_PLAIN, ANY_PLAIN, ANY_PLAIN),
    })
    .map(({ conns: [down, newer, ...conns], isTwin, udps, others }): StockCase => {
      const about: About = { conns, branchDevice };
      const payloads = [
        ...IKE_PORTS.map((port) => ({ protocol: UDP, sport: port, dport: port })),
        ...[ESP, AH].map((protocol) => ({ protocol })),
      ];
      const packets = [
        ...udps.flatMap((recipe, id) => flowFor(about, recipe, id)),
        ...others.map((recipe, index): Sent => {
          const payload = payloads[index] ?? { protocol: UDP };
          return { ...headerFor(about, recipe), ...payload, kind: 2 * UDP_IDS + index };
        }),
      ];
      const [first] = conns;
      const late = { ...newer, ...(isTwin && { mine: first?.mine, peer: first?.peer }) } as StockConn;
      return { conns, down: down as StockConn, late, packets };
    });
}

interface About {
  readonly conns: readonly StockConn[];
  readonly branchDevice: string;
}

/** A packet, and its answer if it has one. */
function flowFor(about: About, recipe: Recipe, id: number): Sent[] {
  const own = FIRST_ID + id;
  const isBySource = recipe.ownPort === 'sport';
  const header = headerFor(about, recipe);
  const isToHost = recipe.isToHost && recipe.way !== 'borrowed';
  const packet: Sent = {
    ...header,
    protocol: UDP,
    ...(isBySource ? { sport: own, dport: recipe.port } : { sport: recipe.port, dport: own }),
    ...(isToHost && { dst: HOST_ADDRESS, dstIsLocal: true }),
    ...(recipe.way === 'local' && !isToHost && { nfmark: recipe.nfmark }),
    kind: 2 * id + (isBySource ? 0 : 1),
  };
  const isAnswered = recipe.answer !== 'none' && recipe.way !== 'borrowed';
  // a host's answer to itself would be counted with the packet
  return isAnswered && !(packet.srcIsLocal && packet.dstIsLocal)
    ? [packet, answerTo(packet, recipe.answer, about)]
    : [packet];
}

function headerFor(about: About, recipe: Ends & Pick<Recipe, 'way'>): Omit<Packet, 'protocol'> {
  const [inside, outside] = [addressOf(about, recipe, 'mine'), addressOf(about, recipe, 'peer')];
  const common = { srcIsLocal: false, dstIsLocal: false, nfmark: 0, ctmark: 0 };
  switch (recipe.way) {
    case 'local':
    case 'borrowed':
      return { ...common, hook: 'OUTPUT', src: inside, dst: outside, srcIsLocal: recipe.way === 'local' };
    case 'branch':
      return { ...common, hook: 'PREROUTING', inInterface: about.branchDevice, src: inside, dst: outside };
    case 'mast':
      return { ...common, ...BY_MAST, src: outside, dst: inside };
    default:
      return recipe.way satisfies never;
  }
}

const BY_MAST = { hook: 'PREROUTING', inInterface: 'mast0', nfmark: INBOUND_MARK } as const;

function addressOf({ conns }: About, ends: Ends, side: 'mine' | 'peer'): number {
  const index = side === 'mine' ? ends.conn : (ends.other ?? ends.conn);
  const network = conns[index % conns.length]?.[side];
  const edge = ends[side];
  if (network === undefined || edge === 'unknown') return UNKNOWN[side];
  // no host has the address 0.0.0.0, nor one beyond the last
  if (network.prefix === 0) return { mine: MINE, peer: PEERS }[side][index % 4] ?? UNKNOWN[side];
  const last = lastAddressOf(network);
  return { first: network.address, last, below: network.address - 1, above: last + 1 }[edge];
}

/** The host answers for itself, and nobody answers by mast what came by mast. */
function answerTo(packet: Sent, arrival: Recipe['answer'], { branchDevice }: About): Sent {
  const { src, dst, sport = 0, dport = 0, srcIsLocal, dstIsLocal } = packet;
  const isByMast = arrival === 'mast' && packet.inInterface !== 'mast0';
  const arriving = isByMast
    ? BY_MAST
    : ({ hook: 'PREROUTING', inInterface: branchDevice, nfmark: 0 } as const);
  return {
    ...(dstIsLocal ? { hook: 'OUTPUT', nfmark: 0 } : arriving),
    ...{ src: dst, dst: src, protocol: packet.protocol, sport: dport, dport: sport, ctmark: 0 },
    ...{ srcIsLocal: dstIsLocal, dstIsLocal: srcIsLocal },
    kind: packet.kind % 2 === 0 ? packet.kind + 1 : packet.kind - 1,
    answerTo: packet,
  };
}

/** The addresses that the host has to have to send its own packets. */
export function localSources(packets: readonly Packet[]): number[] {
  const own = packets.filter(({ hook, srcIsLocal }) => hook === 'OUTPUT' && srcIsLocal);
  return [...new Set(own.map(({ src }) => src))].filter((source) => source !== HOST_ADDRESS);
}
