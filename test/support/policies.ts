import fc from 'fast-check';
import type { Cidr } from '../../src/domain/cidr.ts';
import { cidrText } from '../../src/domain/cidr.ts';
import type { PortRange } from '../../src/domain/port-range.ts';
import { portRangeText } from '../../src/domain/port-range.ts';
import { hasPorts, protocolText } from '../../src/domain/protocol.ts';
import { listOf, mostly, optional, rare } from './arbitraries.ts';
import type { AnyEntry, AnyPolicy, NamedNetwork, SarefText, Words, Written } from './written.ts';
import { WANTED, withAliases } from './aliases.ts';
import { anyPeer, WANTED as WANTED_OUTER, withOuters } from './nested.ts';
import { meantBy, withoutUseless } from './written.ts';

/** Names that YAML reads as something else, that iptables puts in quotes, and that are no ASCII. */
const CONNS = ['branch', 'zürich', 'it\'s_"x"', '5', 'null'];

/** Has its SAref in its entries and nowhere else. */
const UNLISTED = 'unlisted';

/** Their networks nest, touch, and end where the numbers end. */
const BASES = [0x0a090100, 0x0a0901ff, 0xc0a80000, 0, 0xffffffff];

function anyNetwork(): fc.Arbitrary<Written<Cidr>> {
  const prefix = fc.oneof(fc.constantFrom(1, 8, 16, 16, 24, 24, 31, 32), fc.nat({ max: 32 }));
  return fc.tuple(fc.constantFrom(...BASES), prefix, fc.boolean()).map(([base, length, isShort]) => {
    const network = networkAround(base, length);
    const text = cidrText(network);
    return { text: isShort ? text.replace(/\/32$/, '') : text, means: [network] };
  });
}

function networkAround(base: number, prefix: number): Cidr {
  const size = 2 ** (32 - prefix);
  return { address: Math.floor(base / size) * size, prefix };
}

/** One, a list of one, or a list. */
function wordsOf<T>(item: fc.Arbitrary<Written<T>>, maxLength: number): fc.Arbitrary<Words<T>> {
  const list = fc.array(item, { minLength: 1, maxLength, size: 'max' });
  return fc.oneof({ weight: 2, arbitrary: item }, { weight: 1, arbitrary: list });
}

function anyNetworks(): fc.Arbitrary<NamedNetwork[]> {
  const name = fc.constantFrom('hq', 'labs', 'Voice-2', '_', 'constructor', 'null');
  const named = fc.tuple(name, wordsOf(anyNetwork(), 2));
  return fc.uniqueArray(named, { maxLength: 3, selector: ([text]) => text });
}

/** Networks, or names of some. */
function anySide(named: readonly NamedNetwork[]): fc.Arbitrary<Words<Cidr>> {
  const names = named.map(([text, networks]) => ({ text, means: meantBy(networks) ?? [] }));
  return wordsOf(names.length === 0 ? anyNetwork() : fc.oneof(anyNetwork(), fc.constantFrom(...names)), 3);
}

const PORTS = [0, 1, 22, 499, 500, 1024, 4500, 40_000, 65_534, 65_535];

function anyPorts(): fc.Arbitrary<Words<PortRange>> {
  const port = fc.constantFrom(...PORTS);
  const single = fc.tuple(port, fc.boolean()).map(([first, isQuoted]) => ({
    text: isQuoted ? String(first) : first,
    means: [{ first, last: first }],
  }));
  const range = fc.tuple(port, port).map(([one, other]) => {
    const ports = { first: Math.min(one, other), last: Math.max(one, other) };
    return { text: portRangeText(ports, '-'), means: [ports] };
  });
  const item = fc.oneof(single, range);
  // more than one multiport match takes
  const many = fc.array(item, { minLength: 12, maxLength: 20 });
  return fc.oneof({ weight: 6, arbitrary: wordsOf(item, 3) }, { weight: 1, arbitrary: many });
}

export const PROTOCOLS = [1, 6, 17, 33, 50, 51, 132, 136, 253];

type Payload = Pick<AnyEntry, 'proto' | 'sport' | 'dport'>;

function anyPayload(): fc.Arbitrary<Payload> {
  return fc.constantFrom(6, 17, 6, 17, ...PROTOCOLS).chain((number) => {
    const name = protocolText(number);
    const text = fc.constantFrom<string | number>(number, name, name, name.toUpperCase(), String(number));
    const ports = hasPorts(number) ? optional(anyPorts()) : fc.constant(undefined);
    return fc.record({
      proto: text.map((word) => ({ text: word, means: [number] })),
      sport: ports,
      dport: ports,
    });
  });
}

interface Sarefs {
  readonly table: AnyPolicy['sarefs'];
  /** Of entries, over the table's. */
  readonly own: ReadonlyMap<string, SarefText>;
}

/** However often they are told, no two conns share one. */
function anySarefs(): fc.Arbitrary<Sarefs> {
  const conns = [...CONNS, UNLISTED];
  const saref = fc.oneof(fc.constantFrom(1, 2, 0x7fff), fc.integer({ min: 1, max: 0x7fff }));
  const count = 2 * conns.length;
  const refhims = fc.uniqueArray(saref, { minLength: count, maxLength: count });
  const kinds = listOf(count, mostly(2, ['both'], ['short', 'none']));
  const refs = fc.tuple(kinds, fc.uniqueArray(saref, { minLength: count, maxLength: count }));
  const isDown = listOf(CONNS.length, mostly(2, [false], [true]));
  const peersOf = listOf(count, rare(anyPeer(), 2));
  return fc.tuple(refhims, refs, isDown, peersOf).map(([numbers, [kindsOf, others], down, peers]) => {
    const texts = numbers.map((refhim, index): SarefText => {
      const peer = peers[index];
      const [kind = 'short', ref = 1] = [kindsOf[index], others[index]];
      return kind === 'short' ? refhim : { refhim, ...(kind === 'both' && { ref }), ...(peer && { peer }) };
    });
    return {
      table: CONNS.map((conn, index) => [conn, down[index] === true ? 'down' : (texts[index] ?? 1)]),
      own: new Map(conns.map((conn, index) => [conn, texts[conns.length + index] ?? 1])),
    };
  });
}

export const DSCPS = [0, 1, 46, 63];

function anyDscp(): fc.Arbitrary<Written<number>> {
  const number = fc.constantFrom(...DSCPS).map((dscp) => ({ text: dscp, means: [dscp] }));
  return fc.oneof(number, fc.constantFrom({ text: 'EF', means: [46] }, { text: 'be', means: [0] }));
}

export const IDS = [0, 7, 65_534, 4_294_967_294];
export const CGROUPS = ['a', 'a/b', 'a/b.service', 'ab', 'zürich'];

type SenderWords = Pick<AnyEntry, 'user' | 'group' | 'cgroup' | 'socket'>;

/** Cgroups nest, and some only look as if. */
function anySender(): fc.Arbitrary<SenderWords> {
  const id = fc
    .tuple(fc.constantFrom(...IDS), fc.boolean())
    .map(([number, isText]) => ({ text: isText ? String(number) : number, means: [number] }));
  const cgroup = fc.constantFrom(...CGROUPS);
  return fc.oneof(
    fc.record({ user: id }),
    fc.record({ group: id }),
    fc.record({ cgroup }),
    fc.record({ user: id, group: rare(id, 2), cgroup: rare(cgroup, 2) }),
    fc.record({ socket: fc.constant('saref' as const), user: rare(id, 3) }),
  );
}

const INTERFACES = ['eth1', 'eth1.7', 'mast0', 'mast0', 'lo'];

/** Now and then two: a failover pair, whose first one is skipped while its conn is down. */
function anyEntry(named: readonly NamedNetwork[], own: Sarefs['own']): fc.Arbitrary<AnyEntry[]> {
  const side = optional(anySide(named));
  const selector = fc
    .tuple(
      fc.record({ src: side, dst: side, in: rare(fc.constantFrom(...INTERFACES), 3) }),
      fc.oneof(fc.constant<Payload>({}), anyPayload()),
      fc.record({ dscp: rare(anyDscp(), 6) }),
      rare(anySender(), 3),
    )
    .map(([sides, payload, dscp, sender]): Omit<AnyEntry, 'conn'> => {
      // who sends here does not come in
      const { in: device, ...ends } = sides;
      return { ...ends, ...(sender ?? { in: device }), ...payload, ...dscp };
    });
  const conns = fc.tuple(
    fc.shuffledSubarray(CONNS, { minLength: 2, maxLength: 2 }),
    rare(fc.constantFrom(...own.keys()), 6),
  );
  const description = rare(fc.constantFrom('what: it is for', ''), 4);
  const isPair = mostly(3, [false], [true]);
  const wishes = fc.tuple(rare(fc.constant(WANTED), 2), rare(fc.constant(WANTED_OUTER), 2));
  return fc
    .tuple(selector, conns, anyDown(), description, isPair, wishes)
    .map(([parts, [[conn = '', other = ''], owner], down, text, hasFirst, [wish, over]]) => [
      ...(hasFirst ? [{ conn: other, ...parts, down: 'skip' as const }] : []),
      {
        ...{ conn: owner ?? conn, ...parts, down, over, description: text },
        ...(parts.socket === undefined && { saref: own.get(owner ?? '') }),
        ...(!hasFirst && wish && { alias: wish }),
      },
    ]);
}

function anyProtection(named: readonly NamedNetwork[]): fc.Arbitrary<AnyPolicy['protect']> {
  const list = anySide(named);
  return fc.oneof(list, fc.record({ networks: list, except: rare(anySide(named), 1) }));
}

function anyDown(): fc.Arbitrary<AnyEntry['down']> {
  return fc.constantFrom(undefined, undefined, 'block', 'skip');
}

function anyDefaults(named: readonly NamedNetwork[]): fc.Arbitrary<AnyPolicy['defaults']> {
  const side = rare(anySide(named), 4);
  return fc.record({
    ...{ src: side, dst: side, down: anyDown() },
    in: rare(fc.constantFrom(...INTERFACES), 8),
  });
}

function anyMast(): fc.Arbitrary<AnyPolicy['mast']> {
  const ikePorts = fc.oneof(
    fc.uniqueArray(fc.constantFrom(1, 500, 4500, 4501, 65_535), { maxLength: 5 }),
    fc.constant(Array.from({ length: 31 }, (_, index) => 4490 + index)),
  );
  const device = fc.constantFrom('mast0', 'mast1.7', 'm-_9');
  const table = fc.constantFrom(1, 50, 4_294_967_295);
  return optional(fc.record({ interface: device, table, 'ike-ports': ikePorts }));
}

export function anyPolicy(): fc.Arbitrary<AnyPolicy> {
  return fc.tuple(anyNetworks(), anySarefs()).chain(([networks, { table, own }]) =>
    fc
      .record({
        tracking: fc.constantFrom('flow', 'packet', undefined),
        replies: mostly<AnyPolicy['replies']>(5, [undefined, 'tunnel'], ['entries']),
        mast: anyMast(),
        sarefs: fc.constant(table),
        networks: fc.constant(networks),
        protect: rare(anyProtection(networks), 3),
        defaults: anyDefaults(networks),
        entries: fc
          .array(anyEntry(networks, own), { minLength: 1, maxLength: 6, size: 'max' })
          .map((entries) => entries.flat()),
      })
      .map((policy) => withoutUseless(withOuters(withAliases(policy)))),
  );
}
