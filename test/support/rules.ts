import fc from 'fast-check';
import type { AddressType, Codec } from '../../src/iptables/codecs.ts';
import {
  addressTypes,
  bareName,
  markToMatch,
  markToSet,
  network,
  portList,
  portRange,
  text,
} from '../../src/iptables/codecs.ts';
import type { Arg, Match, Opaque, Rule, Target } from '../../src/iptables/rule.ts';
import type { Row } from '../../src/iptables/vocabulary.ts';
import { BUILTINS, MATCHES, TARGETS } from '../../src/iptables/vocabulary.ts';

/** As the parser makes its objects. */
const PLAIN = { noNullPrototype: true } as const;

/** Any rule of the vocabulary, with a word of others here and there, as the parser would make it. */
export function anyRule(chains: readonly string[]): fc.Arbitrary<Rule> {
  return fc.record(
    {
      kind: fc.constant('rule' as const),
      builtins: anyOptions(BUILTINS, fc.boolean()),
      matches: fc.array(anyMatch(), { maxLength: 4 }),
      target: anyTarget(chains),
    },
    PLAIN,
  );
}

/** Text of one character per byte, as long as a comment may be; with what means something to a shell or a dump. */
export function anyBytes(): fc.Arbitrary<string> {
  const byte = fc.oneof(
    fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('"', '\\', "'", ' ', '\t', '-', '!', '#', '\r', '\xa0'),
  );
  const bytes = fc.string({ unit: byte.filter((char) => char !== '\n'), maxLength: 255 });
  return fc.oneof(bytes, fc.constantFrom('', ...ODD_WORDS));
}

const ODD_WORDS = ['!', '-m', '-j', '--comment', '-A', 'COMMIT', '*mangle', ':A - [0:0]', '\\', '"', '\\"'];

const ADDRESS_TYPES: readonly AddressType[] = ['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'XRESOLVE'];

function anyMark(): fc.Arbitrary<{ readonly value: number; readonly mask: number }> {
  const word = fc.oneof(
    fc.constantFrom(0, 1, 0x8000, 0x80000000, 0x80010000, 0xffff0000, 0xffffffff),
    fc.integer({ min: 0, max: 0xffffffff }),
  );
  return fc.record({ value: word, mask: word }, PLAIN);
}

function anyPorts(): fc.Arbitrary<{ readonly first: number; readonly last: number }> {
  const port = fc.oneof(fc.constantFrom(0, 1, 500, 4500, 65_535), fc.integer({ min: 0, max: 65_535 }));
  return fc
    .tuple(port, port)
    .map(([one, other]) => ({ first: Math.min(one, other), last: Math.max(one, other) }));
}

/** How values look, by what reads them: a row of the vocabulary needs no more than this. */
const VALUES: ReadonlyMap<Codec<unknown>, fc.Arbitrary<unknown>> = new Map<
  Codec<unknown>,
  fc.Arbitrary<unknown>
>([
  [text, anyBytes()],
  [
    bareName,
    fc.oneof(
      fc.constantFrom('udp', '47', 'eth0', 'eth+', 'a:b', 'ppp.1@x', '!', '-s', "it's", 'x\\', '\xc3\xa0'),
      // a carriage return at the end of a line is taken for a part of the line's end
      anyBytes().filter((name) => /^[^ \t\r\n"]{1,15}$/.test(name)),
    ),
  ],
  [
    network,
    fc
      .record({ address: fc.integer({ min: 0, max: 0xffffffff }), prefix: fc.integer({ min: 0, max: 32 }) })
      .map(({ address, prefix }) => ({ address: address - (address % 2 ** (32 - prefix)), prefix })),
  ],
  [markToMatch, anyMark()],
  [markToSet, anyMark()],
  [portRange, anyPorts()],
  [portList, fc.array(anyPorts(), { minLength: 1, maxLength: 7 })],
  [addressTypes, fc.subarray([...ADDRESS_TYPES], { minLength: 1 })],
]);

type Options = Readonly<Record<string, Arg<unknown> | undefined>>;

/** Each option of a row, or not: left out rather than undefined, as the parser leaves it. */
function anyOptions(row: Row, sign: fc.Arbitrary<boolean>): fc.Arbitrary<Options> {
  const args = Object.entries(row).map(([key, { codec }]) => {
    const value = VALUES.get(codec);
    if (value === undefined) throw new Error(`no values to draw for the option ${key}`);
    return [key, fc.record({ negated: sign, value }, PLAIN)] as const;
  });
  return fc.record(Object.fromEntries(args), { ...PLAIN, requiredKeys: [] });
}

function anyMatch(): fc.Arbitrary<Match> {
  const known = Object.entries(MATCHES).map(([kind, row]) =>
    anyOptions(row, fc.boolean()).map((options) => ({ kind, options }) as Match),
  );
  return fc.oneof({ weight: 4, arbitrary: fc.oneof(...known) }, fc.constantFrom(...OPAQUE_MATCHES));
}

/** To a chain, half of the time. */
function anyTarget(chains: readonly string[]): fc.Arbitrary<Target | undefined> {
  // no target can be negated
  const known = Object.entries(TARGETS).map(([kind, row]) =>
    anyOptions(row, fc.constant(false)).map((options) => ({ kind, options }) as Target),
  );
  const others = fc.oneof(...known, fc.constantFrom(undefined, ...OPAQUE_TARGETS));
  const kind = fc.constantFrom('jump' as const, 'goto' as const);
  const jump = fc.record({ kind, chain: fc.constantFrom(...chains) }, PLAIN);
  return chains.length === 0 ? others : fc.oneof(others, jump);
}

/** Extensions that the vocabulary lacks, and options of known ones that it lacks. */
const OPAQUE_MATCHES: readonly Opaque[] = [
  { kind: 'opaque', name: 'conntrack', words: ['!', '--ctstate', 'NEW', '--ctdir', 'REPLY'] },
  { kind: 'opaque', name: 'recent', words: ['--set', '--name', '-p', '--rsource'] },
  { kind: 'opaque', name: 'string', words: ['--string', '"-j \\"x\\" -m"', '--algo', 'bm'] },
  { kind: 'opaque', name: 'physdev', words: ['!', '--physdev-is-bridged'] },
  { kind: 'opaque', name: 'esp', words: [] },
  { kind: 'opaque', name: 'addrtype', words: ['!', '--src-type', 'LOCAL', '--limit-iface-in'] },
];

const OPAQUE_TARGETS: readonly Opaque[] = [
  { kind: 'opaque', name: 'LOG', words: ['--log-prefix', '"a b "', '--log-level', '7'] },
  { kind: 'opaque', name: 'MARK', words: ['--and-mark', '0xff'] },
  { kind: 'opaque', name: 'CONNMARK', words: ['--save-mark', '--nfmask', '0x1', '--ctmask', '0x1'] },
];
