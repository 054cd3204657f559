import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Codec } from '../../src/iptables/codecs/codec.ts';
import { finishBuiltins, finishMatch, finishTarget } from '../../src/iptables/finish.ts';
import { parseRule } from '../../src/iptables/parse-rule.ts';
import { parseSave } from '../../src/iptables/parse-save.ts';
import { printSave } from '../../src/iptables/print-save.ts';
import type { Arg, Options, ReadOptions } from '../../src/iptables/option.ts';
import type { Match, Rule, Target } from '../../src/iptables/rule.ts';
import { statusOf, tableOf } from '../../src/iptables/table.ts';
import { BUILTINS, MATCHES, TARGETS } from '../../src/iptables/vocabulary.ts';

/** A rule that can be read, however it is spelled. */
export function readRule(text: string): Rule {
  const rule = parseRule(text);
  if (rule.kind === 'opaque') assert.fail(`cannot be read: ${text}`);
  return rule;
}

/** Rules of PREROUTING in a mangle table, as iptables-save prints it. */
export function mangleDump(rules: readonly string[]): string {
  const lines = rules.map((rule) => `-A PREROUTING ${rule}`);
  return ['*mangle', ':PREROUTING ACCEPT [0:0]', ...lines, 'COMMIT', ''].join('\n');
}

/** A rule that is one line of a dump, is read, and is as iptables-save prints it. */
export function savedRule(text: string): Rule {
  const dump = mangleDump([text]);
  const { save, diagnostics } = parseSave(dump);
  assert.deepEqual(diagnostics, []);
  assert.equal(printSave(save), dump);
  assert.equal(statusOf(save, 'mangle'), 'complete');
  const [found, ...others] = tableOf(save, 'mangle').chains.get('PREROUTING')?.rules ?? [];
  assert.ok(found !== undefined && others.length === 0, text);
  assert.equal(found.text, text);
  const rule = readRule(text);
  assert.equal(rule.spelling, undefined, text);
  return rule;
}

/** Values of many kinds: each option finds some among them that it takes. */
const WORDS = [
  ...['0', '1', '4', '7', '010', '50', '99', '0xff', '500', '65535', '0xffff0000', '4294967295'],
  ...['0/0x80000000', '0x80010000/0xffff0000', '1/0xff', '0x1ff/0xff', '1:5', '500:', ':500', '3-9'],
  ...['10.0.0.0/8', '192.0.2.1', '192.0.2.1/255.0.255.0', '::1', '2001:db8::/32', '0/0', '::/0'],
  ...[
    'tcp',
    'udp',
    'esp',
    'gre',
    'icmp',
    'ipv6-icmp',
    '443,80,1000:1999',
    'eth0',
    'saref+',
    'veth1@if2',
    '+',
  ],
  ...['LOCAL', 'UNICAST,LOCAL', 'NEW', 'RELATED,ESTABLISHED', 'ASSURED', 'ORIGINAL', 'reply', 'in', 'out'],
  ...[
    'none',
    'ipsec',
    'tunnel',
    'transport',
    'mark',
    'AF11',
    'Minimize-Delay',
    'new,destroy',
    '-j',
    '!',
    '',
    "it's",
  ],
] as const;

/** For options that take two. */
const SECOND_WORDS = ['src', 'dst,src', 'SYN', 'ALL', 'NONE', 'SYN,ACK'];

function anyWord(): fc.Arbitrary<string> {
  const number = fc.nat({ max: 0xffffffff });
  const octet = fc.nat({ max: 255 });
  const group = fc.nat({ max: 0xffff }).map((value) => value.toString(16));
  const groups = fc.array(group, { minLength: 8, maxLength: 8 });
  return fc.oneof(
    fc.constantFrom(...WORDS),
    number.map(String),
    fc.tuple(number, number).map(([value, mask]) => `${String(value)}/0x${mask.toString(16)}`),
    fc.tuple(octet, octet, octet, octet, fc.nat({ max: 32 })).map(([a, b, c, d, prefix]) => {
      return `${[a, b, c, d].join('.')}/${String(prefix)}`;
    }),
    fc.tuple(groups, fc.nat({ max: 128 })).map(([address, prefix]) => {
      return `${address.join(':')}/${String(prefix)}`;
    }),
    fc.tuple(fc.nat({ max: 65_535 }), fc.nat({ max: 65_535 })).map(([one, other]) => {
      return `${String(Math.min(one, other))}:${String(Math.max(one, other))}`;
    }),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => String.fromCharCode(...bytes)),
  );
}

/** A value that the option takes. */
function anyValue(codec: Codec<unknown>): fc.Arbitrary<unknown> {
  const seconds = codec.words === 2 ? SECOND_WORDS : [''];
  const known = [...WORDS, ...SECOND_WORDS].flatMap((first) =>
    seconds.map((second) => codec.read(first, second)).filter((value) => value !== undefined),
  );
  assert.ok(known.length > 0, 'no word that the option takes');
  return fc
    .tuple(anyWord(), fc.constantFrom(...seconds), fc.constantFrom(...known))
    .map(([first, second, fallback]) => codec.read(first, second) ?? fallback);
}

function anyOptions(row: Options): fc.Arbitrary<ReadOptions> {
  const args = Object.entries(row).map(([key, { codec }]) => {
    const arg = fc.tuple(fc.boolean(), anyValue(codec)).map(([negated, value]) => ({ negated, value }));
    return [key, fc.option(arg, { nil: undefined, freq: 2 })] as const;
  });
  return fc.record(Object.fromEntries(args)).map((record) => {
    const there = Object.entries(record).filter((entry): entry is [string, Arg<unknown>] => {
      return entry[1] !== undefined;
    });
    return Object.fromEntries(there);
  });
}

/** Extensions without a row in the vocabulary, some of them known to nobody. */
const OTHER_MATCHES = [
  '-m limit --limit 5/min --limit-burst 10',
  '-m frobnicate --depth 3 ! --wide "a b" c',
  '-m recent --set --name "a b" --mask 255.255.255.255 --rsource',
  '-m physdev ! --physdev-is-bridged',
  '-m string --string "-j DROP" --algo bm',
  '-m mark --mark frobnicate',
];

const OTHER_TARGETS = [
  '-j LOG --log-prefix "a \\"b\\" "',
  '-j TCPMSS --clamp-mss-to-pmtu',
  '-j FROBNICATE --depth -x',
  '-j NOTRACK',
  '-j MARK --set-mark frobnicate',
];

function anyMatch(): fc.Arbitrary<Match> {
  const rows = Object.entries<Options>(MATCHES).map(([kind, row]) =>
    anyOptions(row)
      .map((options) => finishMatch(kind, options))
      .filter((options) => options !== undefined)
      .map((options) => ({ kind, options }) as Match),
  );
  const others = OTHER_MATCHES.flatMap((text) => readRule(text).matches);
  return fc.oneof(...rows, fc.constantFrom(...others));
}

function anyTarget(): fc.Arbitrary<Target | undefined> {
  const rows = Object.entries<Options>(TARGETS).map(([kind, row]) =>
    anyOptions(row)
      .map((options) => finishTarget(kind, plainArgs(options)))
      .filter((options) => options !== undefined)
      .map((options) => ({ kind, options }) as Target),
  );
  const others = OTHER_TARGETS.map((text) => readRule(text).target);
  const chain = fc.constantFrom('SAREF-ENTRIES', 'NOMAD-ADMIN', 'mark', 'x-p', '[x]', 'a#b', 'a:b');
  const jump = fc
    .tuple(fc.constantFrom('jump' as const, 'goto' as const), chain)
    .map(([kind, name]) => ({ kind, chain: name }));
  return fc.oneof(...rows, jump, fc.constantFrom(...others, undefined));
}

/** No option of a target can be negated. */
function plainArgs(options: ReadOptions): ReadOptions {
  return Object.fromEntries(
    Object.entries(options).map(([key, { value }]) => [key, { negated: false, value }]),
  );
}

/** A rule of the whole vocabulary, as iptables keeps it: what says nothing is left out. */
export function anyRule(): fc.Arbitrary<Rule> {
  const builtins = anyOptions(BUILTINS).map(finishBuiltins);
  const matches = fc.array(anyMatch(), { maxLength: 4 });
  return fc
    .tuple(builtins, matches, anyTarget())
    .map(([own, asked, target]) => ({ kind: 'rule', builtins: own, matches: asked, target }));
}
