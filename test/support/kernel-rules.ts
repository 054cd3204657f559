import fc from 'fast-check';
import type { MaskedAddress } from '../../src/domain/address.ts';
import { toHost, toMasked } from '../../src/domain/address.ts';
import { AH, ESP, TCP, UDP } from '../../src/domain/protocol.ts';
import type { Codec } from '../../src/iptables/codecs/codec.ts';
import { finishBuiltins, finishMatch, finishTarget } from '../../src/iptables/finish.ts';
import type { Arg, Options, ReadOptions } from '../../src/iptables/option.ts';
import type { Match, Rule, Target } from '../../src/iptables/rule.ts';
import { MATCHES, TARGETS } from '../../src/iptables/vocabulary.ts';
import type { Place } from './kernel-table.ts';

/**
 * Rules of the rows of the vocabulary that a kernel takes: what each extension asks of the hook, of the
 * table, of the protocol and of its other options is kept. Sets and what needs a module of its own
 * (helpers, timeouts, cgroup paths) are left out.
 */

/** Chains of the test's own that rules jump to: names that look like something else. */
export const JUMP_CHAINS = ['SAREF-ENTRIES', 'a.b:c', 'x-p', '#1', 'mark', '[x]', 'caf\xe9'];

/** A value, and whether its option can be negated. */
interface Value {
  readonly value: fc.Arbitrary<unknown>;
  readonly isFixed?: true;
}

function signed(value: fc.Arbitrary<unknown>): Value {
  return { value };
}

function fixed(value: fc.Arbitrary<unknown>): Value {
  return { value, isFixed: true };
}

/** As object literals make them: what was read has a prototype too. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const FLAG: Value = fixed(fc.constant(true));

type Values = Readonly<Record<string, Value>>;

/** Some of the options, one at least unless `least` says otherwise. */
function someOf(values: Values, least = 1): fc.Arbitrary<ReadOptions> {
  return fc.subarray(Object.keys(values), { minLength: least }).chain((keys) => {
    const args = keys.map((key) => {
      const { value, isFixed } = values[key] as Value;
      return [key, argOf(value, isFixed)] as const;
    });
    return record<ReadOptions>(Object.fromEntries(args));
  });
}

function argOf(value: fc.Arbitrary<unknown>, isFixed?: true): fc.Arbitrary<Arg<unknown>> {
  const negated = isFixed ? fc.constant(false) : fc.integer({ min: 0, max: 3 }).map((odds) => odds === 0);
  return record({ negated, value });
}

const number = (most: number, least = 0): fc.Arbitrary<number> => fc.integer({ min: least, max: most });

const WORD = 0xffffffff;

const mark = record({ value: number(WORD), mask: fc.oneof(number(WORD), fc.constant(WORD)) });
const byteMark = record({ value: number(255), mask: number(255) });

function rangeUpTo(most: number): fc.Arbitrary<{ first: number; last: number }> {
  return fc
    .tuple(number(most), number(most), fc.boolean())
    .map(([one, other, isOne]) => ({ first: Math.min(one, other), last: isOne ? one : Math.max(one, other) }))
    .filter(({ first, last }) => first <= last && (first > 0 || last < most));
}

const ports = rangeUpTo(65_535);

/** Not from 0 on: nf_tables stores `! --dport 0:5` as `--dport 6:65535`, which is another rule to legacy. */
const ownPorts = signed(ports.filter(({ first, last }) => first > 0 || last === 0));

/** What the codec makes of some of the words, in any order. */
function wordsOf(codec: Codec<unknown>, words: readonly string[]): fc.Arbitrary<unknown> {
  return fc.shuffledSubarray([...words], { minLength: 1 }).map((chosen) => codec.read(chosen.join(','), ''));
}

function octets(count: number): fc.Arbitrary<number[]> {
  return fc.array(fc.oneof(number(255), fc.constantFrom(0, 255)), { minLength: count, maxLength: count });
}

const addressV4 = octets(4).map((parts) => parts.join('.'));

/** Groups of zeros are what IPv6 text is about. */
const addressV6 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.constant(0xffff), number(0xffff)), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => groups.map((group) => group.toString(16)).join(':'));

function addressText({ family }: Place): fc.Arbitrary<string> {
  return family === 'ipv4' ? addressV4 : addressV6;
}

function prefixed(
  place: Place,
  read: (text: string) => MaskedAddress | undefined,
): fc.Arbitrary<MaskedAddress> {
  const most = place.family === 'ipv4' ? 32 : 128;
  const prefix = fc.oneof(number(most, 1), fc.constant(most)).map(String);
  // a mask that is no prefix: neither back end takes one where hosts are asked for
  const mask = read === toMasked ? fc.oneof({ weight: 4, arbitrary: prefix }, addressText(place)) : prefix;
  return fc
    .tuple(addressText(place), mask)
    .map(([address, bits]) => read(`${address}/${bits}`))
    .filter((masked) => masked !== undefined && BigInt(masked.mask) !== 0n) as fc.Arbitrary<MaskedAddress>;
}

const bytes = fc
  .oneof(
    fc.uint8Array({ maxLength: 255, size: 'max' }),
    fc.uint8Array({ maxLength: 12 }),
    fc
      .constantFrom(...['-j DROP', "it's", '"', '\\', '', ' ', '\\"', '--comment', 'COMMIT', '!', '#'])
      .map((text) => Buffer.from(text, 'latin1')),
  )
  .map((array) =>
    Array.from(array, (byte) => String.fromCharCode(byte))
      .join('')
      .replace(/[\0\n]/g, ' '),
  );

const ADDRESS_TYPES = {
  ipv4: ['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'BLACKHOLE', 'PROHIBIT', 'THROW'],
  // the others have no meaning there, and the kernel says so
  ipv6: ['UNICAST', 'LOCAL', 'ANYCAST', 'MULTICAST', 'UNREACHABLE'],
};

function takesIn({ chain }: Place): boolean {
  return ['PREROUTING', 'INPUT', 'FORWARD'].includes(chain);
}

function takesOut({ chain }: Place): boolean {
  return ['FORWARD', 'OUTPUT', 'POSTROUTING'].includes(chain);
}

function addrtype(place: Place): fc.Arbitrary<ReadOptions> {
  const { srcType, dstType } = MATCHES.addrtype;
  const words = ADDRESS_TYPES[place.family];
  const types = {
    srcType: signed(wordsOf(srcType.codec, words)),
    dstType: signed(wordsOf(dstType.codec, words)),
  };
  const isIn = takesIn(place) && !takesOut(place);
  // with an interface a type of the other side can mean nothing
  const limit = { [isIn ? 'limitIfaceIn' : 'limitIfaceOut']: FLAG };
  return fc.oneof(
    someOf(types),
    fc.tuple(someOf({ dstType: types.dstType }), someOf(limit)).map(([type, flag]) => ({ ...type, ...flag })),
  );
}

function conntrack(place: Place): fc.Arbitrary<ReadOptions> {
  const { ctstate, ctstatus } = MATCHES.conntrack;
  const states = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];
  const host = signed(prefixed(place, toHost));
  const port = signed(ports);
  return someOf({
    ctstate: signed(wordsOf(ctstate.codec, states)),
    ctproto: signed(number(255, 1)),
    ...{ ctorigsrc: host, ctorigdst: host, ctreplsrc: host, ctrepldst: host },
    ...{ ctorigsrcport: port, ctorigdstport: port, ctreplsrcport: port, ctrepldstport: port },
    ctstatus: signed(
      fc.oneof(
        wordsOf(ctstatus.codec, ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED']),
        wordsOf(ctstatus.codec, ['NONE']),
      ),
    ),
    ctexpire: signed(rangeUpTo(WORD)),
    ctdir: fixed(fc.constantFrom('ORIGINAL', 'REPLY')),
  });
}

/** A range counts as two. */
const portLists = fc.oneof(
  fc.array(ports, { minLength: 1, maxLength: 7 }),
  fc.array(
    number(65_535).map((port) => ({ first: port, last: port })),
    { minLength: 1, maxLength: 15 },
  ),
);

function multiport(): fc.Arbitrary<ReadOptions> {
  return fc
    .tuple(fc.constantFrom('sports', 'dports', 'ports'), argOf(portLists))
    .map(([key, value]) => ({ [key]: value }));
}

function owner(): fc.Arbitrary<ReadOptions> {
  const ids = signed(rangeUpTo(WORD - 1));
  return fc.oneof(
    someOf({ socketExists: signed(fc.constant(true)), uidOwner: ids, gidOwner: ids }),
    someOf({ gidOwner: ids, supplGroups: FLAG }, 2),
  );
}

function joined(parts: readonly ReadOptions[]): ReadOptions {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}

function policy(place: Place): fc.Arbitrary<ReadOptions> {
  const directions = [...(takesIn(place) ? ['in'] : []), ...(takesOut(place) ? ['out'] : [])];
  const host = signed(prefixed(place, toHost));
  const simple = {
    reqid: signed(number(WORD)),
    spi: signed(number(WORD)),
    proto: signed(fc.constantFrom('esp', 'ah', 'ipcomp')),
  };
  const tunnel = { mode: fixed(fc.constant('tunnel')) };
  const elements = fc.oneof(
    someOf({ ...simple, mode: signed(fc.constantFrom('transport', 'tunnel')) }),
    fc
      .tuple(someOf(simple, 0), someOf(tunnel), someOf({ tunnelDst: host, tunnelSrc: host }))
      .map((parts) => joined(parts)),
  );
  const pol = (value: string): fc.Arbitrary<ReadOptions> =>
    someOf({ dir: fixed(fc.constantFrom(...directions)), pol: fixed(fc.constant(value)) }, 2);
  return fc.oneof(
    pol('none'),
    fc.tuple(pol('ipsec'), elements, someOf({ strict: FLAG }, 0)).map((parts) => {
      return joined(parts);
    }),
  );
}

const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];

function tcp(): fc.Arbitrary<ReadOptions> {
  const { codec } = MATCHES.tcp.tcpFlags;
  const flags = fc
    .tuple(fc.subarray(FLAG_NAMES, { minLength: 1 }), fc.subarray(FLAG_NAMES))
    .map(([mask, set]) => codec.read(mask.join(','), set.length === 0 ? 'NONE' : set.join(',')));
  const values = { tcpOption: signed(number(255, 1)), tcpFlags: signed(flags) };
  return someOf({ sport: ownPorts, dport: ownPorts, ...values }, 0);
}

type MatchName = Exclude<keyof typeof MATCHES, 'set'>;

/** What each match asks, and the protocols that it asks for. */
const MATCH_OPTIONS: Readonly<Record<MatchName, (place: Place) => fc.Arbitrary<ReadOptions>>> = {
  addrtype,
  ah: ({ family }) => {
    const spi = { ahspi: signed(rangeUpTo(WORD)) };
    return someOf(family === 'ipv4' ? spi : { ...spi, ahlen: signed(number(WORD, 1)), ahres: FLAG });
  },
  cgroup: () => someOf({ cgroup: signed(number(WORD - 1)) }),
  comment: () => someOf({ comment: fixed(bytes) }),
  connmark: () => someOf({ mark: signed(mark) }),
  conntrack,
  dscp: () => someOf({ dscp: signed(number(63)) }),
  esp: () => someOf({ espspi: signed(rangeUpTo(WORD)) }),
  mark: () => someOf({ mark: signed(mark) }),
  multiport,
  owner,
  policy,
  state: () => {
    const words = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'];
    return someOf({ state: signed(wordsOf(MATCHES.state.state.codec, words)) });
  },
  tcp,
  tos: () => someOf({ tos: signed(byteMark) }),
  udp: () => someOf({ sport: ownPorts, dport: ownPorts }, 0),
};

const PROTOCOLS: Readonly<Partial<Record<MatchName, readonly number[]>>> = {
  ah: [AH],
  esp: [ESP],
  multiport: [TCP, UDP, 132, 136],
  tcp: [TCP],
  udp: [UDP],
};

function fits(name: MatchName, { chain }: Place): boolean {
  return chain === 'OUTPUT' || !['owner', 'cgroup'].includes(name);
}

function matchOf(name: MatchName, place: Place): fc.Arbitrary<Match> {
  return MATCH_OPTIONS[name](place).map((options) => {
    return { kind: name, options: finishMatch(name, options) } as Match;
  });
}

/** Up to three matches, each of another kind, that all can do with one protocol. */
function matchesOf(
  place: Place,
): fc.Arbitrary<{ readonly matches: readonly Match[]; readonly protocol: number | undefined }> {
  const names = (Object.keys(MATCH_OPTIONS) as MatchName[]).filter((name) => fits(name, place));
  return fc.tuple(fc.shuffledSubarray(names, { maxLength: 3 }), fc.nat()).chain(([asked, choice]) => {
    const first = asked.flatMap((name) => PROTOCOLS[name] ?? []);
    const protocol = first[choice % Math.max(1, first.length)];
    const kept = asked.filter((name) => PROTOCOLS[name]?.includes(protocol ?? 0) ?? true);
    const matches = fc.tuple(...kept.map((name) => matchOf(name, place)));
    return record({ matches, protocol: fc.constant(protocol) });
  });
}

const INTERFACES = [
  'lo',
  'eth0',
  'eth+',
  'mast0',
  'ppp+',
  'eth1.100',
  'br-lan:1',
  'veth1@if2',
  'abcdefghijklmno',
];

function builtinsOf(place: Place, protocol: number | undefined): fc.Arbitrary<ReadOptions> {
  const network = signed(prefixed(place, toMasked));
  const device = signed(fc.constantFrom(...INTERFACES));
  const others = {
    src: network,
    dst: network,
    ...(takesIn(place) ? { inInterface: device } : {}),
    ...(takesOut(place) ? { outInterface: device } : {}),
    ...(place.family === 'ipv4' ? { fragment: signed(fc.constant(true)) } : {}),
  };
  const needed = { protocol: fixed(fc.constant(protocol)) };
  return protocol === undefined
    ? someOf({ ...others, protocol: signed(number(255, 1)) }, 0)
    : fc.tuple(someOf(others, 0), someOf(needed)).map(([own, asked]) => ({ ...own, ...asked }));
}

const TARGET_OPTIONS: Readonly<
  Partial<Record<keyof typeof TARGETS, (place: Place) => fc.Arbitrary<ReadOptions>>>
> = {
  CONNMARK: () => {
    const masks = { nfmask: fixed(number(WORD)), ctmask: fixed(number(WORD)) };
    const shift = someOf({ leftShift: fixed(number(31, 1)) }, 0);
    const operation = fc.oneof(
      someOf({ setXmark: fixed(mark) }),
      someOf({ saveMark: FLAG, ...masks }, 3),
      someOf({ restoreMark: FLAG, ...masks }, 3),
    );
    return fc.tuple(operation, shift).map(([what, by]) => ({ ...what, ...by }));
  },
  CT: () => {
    const { ctevents, expevents } = TARGETS.CT;
    const names = ['new', 'related', 'destroy', 'reply', 'assured', 'protoinfo', 'helper', 'mark'];
    const events = {
      ctevents: fixed(wordsOf(ctevents.codec, names)),
      expevents: fixed(wordsOf(expevents.codec, ['new'])),
    };
    const zone = fixed(fc.oneof(number(0xffff, 1), fc.constant('mark')));
    return fc.oneof(
      someOf({ notrack: FLAG }),
      someOf({ ...events, zone }),
      someOf({ ...events, zoneOrig: zone }),
      someOf({ ...events, zoneReply: zone }),
    );
  },
  DSCP: () => someOf({ setDscp: fixed(number(63)) }),
  MARK: () => someOf({ setXmark: fixed(mark) }),
  NETMAP: (place) => {
    const { codec } = TARGETS.NETMAP.to;
    return someOf({ to: fixed(prefixed(place, (text) => codec.read(text, ''))) });
  },
  TOS: () => someOf({ setTos: fixed(byteMark) }),
};

const TARGETS_OF: Readonly<Record<string, readonly (keyof typeof TARGETS)[]>> = {
  mangle: ['MARK', 'CONNMARK', 'DSCP', 'TOS', 'ACCEPT', 'DROP', 'RETURN'],
  raw: ['CT', 'ACCEPT', 'DROP', 'RETURN'],
  nat: ['NETMAP', 'ACCEPT', 'RETURN'],
  filter: ['ACCEPT', 'DROP', 'RETURN', 'CONNMARK'],
};

function targetOf(place: Place): fc.Arbitrary<Target | undefined> {
  const known = (TARGETS_OF[place.table] ?? []).map((kind) => {
    const options = TARGET_OPTIONS[kind]?.(place) ?? fc.constant({});
    return options.map((read) => ({ kind, options: finishTarget(kind, read) }) as Target);
  });
  const jump = record({ kind: fc.constantFrom('jump', 'goto'), chain: fc.constantFrom(...JUMP_CHAINS) });
  return fc.oneof(...known, jump as fc.Arbitrary<Target>, fc.constant(undefined));
}

function anyRule(place: Place): fc.Arbitrary<Rule> {
  return fc.tuple(matchesOf(place), targetOf(place)).chain(([{ matches, protocol }, target]) =>
    builtinsOf(place, protocol).map((builtins): Rule => {
      return { kind: 'rule', builtins: finishBuiltins(builtins), matches, target };
    }),
  );
}

/** Rules, each with a neighbour that differs from it in one part, or in none. */
export function kernelRules(place: Place, count: number): fc.Arbitrary<readonly Rule[]> {
  const pair = fc
    .tuple(anyRule(place), targetOf(place), fc.nat({ max: 4 }))
    .map(([rule, target, part]): Rule[] => {
      switch (part) {
        case 0:
          return [rule, { ...rule, target }];
        case 1:
          return [rule, { ...rule, matches: [...rule.matches].reverse() }];
        case 2:
          return [rule, { ...rule, matches: rule.matches.slice(1) }];
        case 3:
          return [rule, rule];
        default:
          return [rule, { ...rule, matches: rule.matches.slice(0, -1), target: undefined }];
      }
    });
  const half = Math.ceil(count / 2);
  return fc.array(pair, { minLength: half, maxLength: half }).map((pairs) => pairs.flat());
}

/** The options of the rows that no generated rule has. */
export function missingOptions(rules: readonly Rule[]): string[] {
  const seen = new Set<string>();
  for (const { matches, target } of rules) {
    for (const part of [...matches, target]) {
      if (part !== undefined && 'options' in part) {
        for (const key of Object.keys(part.options)) seen.add(`${part.kind} ${key}`);
      }
    }
  }
  const rows = Object.entries<Options>({ ...MATCHES, ...TARGETS });
  return rows
    .flatMap(([kind, row]) => Object.keys(row).map((key) => `${kind} ${key}`))
    .filter((option) => !seen.has(option));
}
