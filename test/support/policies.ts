import fc from 'fast-check';
import type { Cidr } from '../../src/domain/cidr.ts';
import { cidrText, lastAddressOf } from '../../src/domain/cidr.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { AH, ESP, UDP } from '../../src/domain/protocol.ts';

/** A policy that passes its checks, before it is text. */
export interface AnyPolicy {
  /** Absent: the defaults of the language. */
  readonly mast:
    { readonly interface: string; readonly table: number; readonly ikePorts: readonly number[] } | undefined;
  /** In the order of the text, which means nothing. */
  readonly sarefs: readonly (readonly [string, SarefText])[];
  readonly entries: readonly AnyEntry[];
}

type SarefText = number | 'down' | { readonly refhim: number; readonly ref?: number };

interface AnyEntry {
  readonly conn: string;
  readonly src: Cidr | undefined;
  readonly dst: Cidr | undefined;
  readonly down: 'block' | 'skip' | undefined;
}

const CONNS = ['branch', 'zürich', 'it\'s "x"', '5', 'null'].map((name) => name.replaceAll(' ', '_'));

/** Their networks nest, touch, and end where the numbers end. */
const BASES = [0x0a090100, 0x0a0901ff, 0xc0a80000, 0, 0xffffffff];

const EVERYWHERE: Cidr = { address: 0, prefix: 0 };

function anyNetwork(): fc.Arbitrary<Cidr> {
  const prefix = fc.oneof(fc.constantFrom(0, 1, 8, 16, 24, 31, 32), fc.integer({ min: 0, max: 32 }));
  return fc.tuple(fc.constantFrom(...BASES), prefix).map(([base, length]) => networkAround(base, length));
}

function networkAround(base: number, prefix: number): Cidr {
  const size = 2 ** (32 - prefix);
  return { address: Math.floor(base / size) * size, prefix };
}

function anySarefs(): fc.Arbitrary<AnyPolicy['sarefs']> {
  const saref = fc.oneof(fc.constantFrom(1, 2, 0x7fff), fc.integer({ min: 1, max: 0x7fff }));
  const value = fc.oneof(
    saref,
    saref,
    fc.constant('down' as const),
    fc.record({ refhim: saref, ref: saref }, { requiredKeys: ['refhim'] }),
  );
  return fc.tuple(...CONNS.map((conn) => value.map((one) => [conn, one] as const)));
}

/** Now and then an entry is the second of a pair: the first one is skipped while its conn is down. */
function anyEntries(): fc.Arbitrary<AnyEntry[]> {
  const conns = fc.shuffledSubarray([...CONNS], { minLength: 2, maxLength: 2 });
  const ends = fc
    .record({
      src: fc.option(anyNetwork(), { nil: undefined }),
      dst: fc.option(anyNetwork(), { nil: undefined }),
    })
    .filter(({ src, dst }) => src !== undefined || dst !== undefined);
  const down = fc.constantFrom(undefined, 'block' as const, 'skip' as const);
  const isPair = fc.constantFrom(true, false, false, false);
  return fc
    .uniqueArray(fc.record({ ends, conns, down, isPair }), {
      minLength: 1,
      maxLength: 6,
      selector: (entry) => selectorKey(entry.ends),
    })
    .map((entries) =>
      entries.flatMap(({ ends: sides, conns: [conn = '', other = ''], down: kind, isPair: hasFirst }) => [
        ...(hasFirst ? [{ conn: other, ...sides, down: 'skip' as const }] : []),
        { conn, ...sides, down: kind },
      ]),
    );
}

function selectorKey({ src, dst }: Pick<AnyEntry, 'src' | 'dst'>): string {
  return [src, dst].map((side) => cidrText(side ?? EVERYWHERE)).join(' ');
}

export function anyPolicy(): fc.Arbitrary<AnyPolicy> {
  const port = fc.constantFrom(1, 500, 4500, 4501, 65_535);
  const mast = fc.record({
    interface: fc.constantFrom('mast0', 'mast1.7', 'm-_9'),
    table: fc.constantFrom(1, 50, 4_294_967_295),
    ikePorts: fc.oneof(
      fc.uniqueArray(port, { maxLength: 5 }),
      // more than one multiport match takes
      fc.constant(Array.from({ length: 31 }, (_, index) => 4490 + index)),
    ),
  });
  return fc.record({
    mast: fc.option(mast, { nil: undefined }),
    sarefs: anySarefs(),
    entries: anyEntries(),
  });
}

/** As a person could have written it; JSON is YAML too. */
export function printPolicy({ mast, sarefs, entries }: AnyPolicy): string {
  const settings = mast && {
    mast: { interface: mast.interface, table: mast.table, 'ike-ports': mast.ikePorts },
  };
  const side = (network: Cidr | undefined): string | undefined => network && networkText(network);
  return [
    'version: 1',
    ...Object.entries(settings ?? {}).map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
    'sarefs:',
    ...sarefs.map(([conn, saref]) => `  ${JSON.stringify(conn)}: ${JSON.stringify(saref)}`),
    'entries:',
    ...entries.map(
      ({ conn, src, dst, down }) => `  - ${JSON.stringify({ conn, src: side(src), dst: side(dst), down })}`,
    ),
    '',
  ].join('\n');
}

/** One address goes without its prefix length. */
function networkText(network: Cidr): string {
  return cidrText(network).replace(/\/32$/, '');
}

/** Where a number lies in a range, or just outside of it. */
type Edge = 'first' | 'last' | 'below' | 'above';

/** A packet in words of a policy: which entry it is about, and on which edge of it. */
export interface PacketRecipe {
  readonly entry: number;
  readonly src: Edge;
  readonly dst: Edge;
  readonly payload: 'tcp' | 'udp' | 'icmp' | 'esp' | 'ah' | 'ike';
  /** Which of the IKE ports, on which end, and how far beside it. */
  readonly ike: { readonly port: number; readonly at: 'sport' | 'dport'; readonly beside: number };
  readonly way: 'local' | 'forwarded' | 'decapsulated';
  readonly srcIsLocal: boolean | undefined;
  readonly dstIsLocal: boolean;
  readonly nfmark: number;
}

export function anyPacket(): fc.Arbitrary<PacketRecipe> {
  const edge = mostly<Edge>(8, ['first', 'last'], ['below', 'above']);
  return fc.record({
    entry: fc.nat({ max: 11 }),
    src: edge,
    dst: edge,
    payload: fc.constantFrom('tcp', 'tcp', 'udp', 'udp', 'icmp', 'esp', 'ah', 'ike', 'ike'),
    ike: fc.record({
      port: fc.nat({ max: 30 }),
      at: fc.constantFrom('sport', 'dport'),
      beside: fc.constantFrom(0, 0, 0, 1, -1),
    }),
    way: mostly<PacketRecipe['way']>(8, ['local', 'forwarded'], ['decapsulated']),
    // undefined: as it is with most packets that go this way
    srcIsLocal: mostly<boolean | undefined>(4, [undefined], [true, false]),
    dstIsLocal: mostly(8, [false], [true]),
    // bits of others; then what an application chose, blocked, and what mast says about another SA
    nfmark: mostly(4, [0, 0, 0x1234, 0x7fff0004], [0x80050000, 0x80000000, 0xffffffff]),
  });
}

/** One of the usual values `times` as often as one of the others. */
function mostly<T>(times: number, usual: readonly T[], others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: times, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

export function packetFor({ mast, entries }: AnyPolicy, recipe: PacketRecipe): Packet {
  const about = entries[recipe.entry % entries.length];
  const { interface: device, ikePorts } = mast ?? { interface: 'mast0', ikePorts: [500, 4500] };
  const isLocal = recipe.way === 'local';
  const isDecapsulated = recipe.way === 'decapsulated';
  return {
    hook: isLocal ? 'OUTPUT' : 'PREROUTING',
    ...(!isLocal && { inInterface: isDecapsulated ? device : 'eth1' }),
    src: addressAt(about?.src ?? EVERYWHERE, recipe.src),
    dst: addressAt(about?.dst ?? EVERYWHERE, recipe.dst),
    ...payloadFor(recipe, ikePorts),
    srcIsLocal: recipe.srcIsLocal ?? isLocal,
    dstIsLocal: recipe.dstIsLocal,
    // mast gives what it decapsulates the inbound SAref
    nfmark: isDecapsulated ? 0x80150000 : recipe.nfmark,
    ctmark: 0,
  };
}

function payloadFor(
  { payload, ike }: PacketRecipe,
  ikePorts: readonly number[],
): Pick<Packet, 'protocol' | 'sport' | 'dport'> {
  const port = (ikePorts[ike.port % ikePorts.length] ?? 500) + ike.beside;
  const inRange = Math.min(Math.max(port, 0), 65_535);
  const ports = ike.at === 'sport' ? { sport: inRange, dport: 20_000 } : { sport: 20_000, dport: inRange };
  switch (payload) {
    case 'tcp':
      return { protocol: 6, ...ports };
    case 'ike':
      return { protocol: UDP, ...ports };
    case 'udp':
      return { protocol: UDP, sport: 40_000, dport: 53 };
    case 'esp':
      return { protocol: ESP };
    case 'ah':
      return { protocol: AH };
    case 'icmp':
      return { protocol: 1 };
    default:
      return payload satisfies never;
  }
}

function addressAt(network: Cidr, edge: Edge): number {
  const last = lastAddressOf(network);
  const address = { first: network.address, last, below: network.address - 1, above: last + 1 }[edge];
  return (address + 2 ** 32) % 2 ** 32;
}
