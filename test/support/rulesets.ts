import fc from 'fast-check';
import { ESP, TCP, UDP } from '../../src/domain/protocol.ts';
import { SINGLE_BITS } from '../../src/domain/mark.ts';
import type { Mark } from '../../src/domain/mark.ts';
import { network } from './addresses.ts';
import { rare } from './arbitraries.ts';
import { arg, jumpTo, marked, rule, RETURN } from '../../src/iptables/build.ts';
import { printRule } from '../../src/iptables/print-rule.ts';
import { declareChain, printRestore } from '../../src/iptables/restore.ts';
import type { Match, Rule, Target } from '../../src/iptables/rule.ts';

const SCTP = 132;

/** Rules by chain, for a kernel to load and a packet to walk through. */
export type Ruleset = Readonly<Record<string, readonly Rule[]>>;

/** Chains that rules may jump to, in the order in which a jump may lead from one to the next. */
const MADE = ['SAREF-A', 'SAREF-B', 'SAREF-C'] as const;

const BASE = ['PREROUTING', 'OUTPUT', 'FORWARD', 'INPUT', 'POSTROUTING'] as const;

const MARKS: readonly Mark[] = [
  { value: 0x80010000, mask: 0xffff0000 },
  { value: 0x80000000, mask: 0xffff0000 },
  { value: 0x00000001, mask: 0x00000001 },
  { value: 0x00001234, mask: 0x0000ffff },
  { value: 0x12340000, mask: 0xffffffff },
  // set: flips bits
  { value: 0x80000100, mask: 0x00000000 },
];

const QUESTIONS: readonly Mark[] = [
  { value: 0, mask: 0x80000000 },
  { value: 0x80000000, mask: 0x80000000 },
  { value: 0x80010000, mask: 0xffff0000 },
  { value: 0, mask: 0xffffffff },
  // a value bit outside of the mask: never
  { value: 0x1ff, mask: 0xff },
];

/** Of a move: what it leaves alone is as telling as what it moves. */
const MASKS = [0xffffffff, 0xffffffff, 0xffff0000, 0xffff0000, 0x8000ffff, 0x00ff00ff, 0];

const NETWORKS = [
  '10.9.1.0/24',
  '10.9.1.1',
  '10.9.0.0/16',
  '192.168.0.0/24',
  '192.168.0.0/16',
  '172.20.0.0/15',
].map(network);

const PORTS = [500, 4500, 53, 1701, 20_000].flatMap((port) => [
  { first: port, last: port },
  { first: 0, last: port },
  { first: port, last: 65_535 },
]);

function maybe<T>(values: readonly T[]): fc.Arbitrary<{ negated: boolean; value: T } | undefined> {
  return rare(filled(values), 3);
}

/** By the main table a packet leaves by a device that trace does not know, so it doubts such a rule. */
function rarely<T>(value: T): fc.Arbitrary<T | undefined> {
  return fc.constantFrom(value, ...Array<undefined>(15));
}

/** Left out rather than there and undefined: as the parser leaves it. */
function compact<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}

function anyMatch(): fc.Arbitrary<Match> {
  const ofMark = (kind: 'mark' | 'connmark'): fc.Arbitrary<Match> =>
    filled(QUESTIONS).map((mark) => ({ kind, options: { mark } }));
  return fc.oneof(
    { weight: 2, arbitrary: ofMark('mark') },
    { weight: 2, arbitrary: ofMark('connmark') },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Match>(
        { kind: 'addrtype', options: { dstType: arg(['LOCAL']) } },
        { kind: 'addrtype', options: { srcType: { negated: true, value: ['LOCAL'] } } },
        {
          kind: 'addrtype',
          options: { srcType: arg(['LOCAL']), dstType: { negated: true, value: ['LOCAL'] } },
        },
        { kind: 'comment', options: { comment: arg('it\'s a "quoted" one') } },
      ),
    },
  );
}

/** A protocol, and what a rule asks of its ports. */
interface Payload {
  readonly protocol: Rule['builtins']['protocol'];
  readonly matches: readonly Match[];
}

/** Packets are of UDP all of them. nf_tables saves two matches of `udp` as one that is neither, so there is one at most. */
function anyPayload(): fc.Arbitrary<Payload> {
  const lists = PORTS.map((range) => [range, { first: 9, last: 10 }]);
  const multiport = fc
    .tuple(fc.constantFrom('ports', 'sports', 'dports'), filled(lists))
    .map(([option, ports]): Match => ({ kind: 'multiport', options: { [option]: ports } }));
  const own = (kind: 'tcp' | 'udp'): fc.Arbitrary<Match> =>
    fc.record({ sport: maybe(PORTS), dport: maybe(PORTS) }).map((options) => ({
      ...{ kind, options: compact(options) },
    })) as fc.Arbitrary<Match>;
  const payload = (protocol: number, ...matches: fc.Arbitrary<Match>[]): fc.Arbitrary<Payload> =>
    fc.tuple(...matches).map((asked) => ({ protocol: arg(protocol), matches: asked }));
  const any: Payload[] = [undefined, undefined, arg(TCP), { negated: true, value: ESP }].map((protocol) => ({
    ...{ protocol, matches: [] },
  }));
  return fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom(...any) },
    { weight: 3, arbitrary: payload(UDP, own('udp')) },
    { weight: 3, arbitrary: payload(UDP, multiport) },
    { weight: 1, arbitrary: payload(UDP, multiport, own('udp')) },
    { weight: 1, arbitrary: payload(UDP, multiport, multiport) },
    { weight: 1, arbitrary: payload(TCP, own('tcp')) },
    { weight: 1, arbitrary: payload(SCTP, multiport) },
  );
}

function filled<T>(values: readonly T[]): fc.Arbitrary<{ negated: boolean; value: T }> {
  return fc.record({ negated: fc.boolean(), value: fc.constantFrom(...values) });
}

function anyTarget(chains: readonly string[]): fc.Arbitrary<Target | undefined> {
  const jumps = chains.flatMap((chain): Target[] => [jumpTo(chain), jumpTo(chain), { kind: 'goto', chain }]);
  const ends: Target[] = [{ kind: 'ACCEPT', options: {} }, { kind: 'DROP', options: {} }, RETURN];
  const marks = MARKS.map((mark): Target => ({ kind: 'MARK', options: { setXmark: arg(mark) } }));
  const ctmarks = MARKS.map((mark): Target => ({ kind: 'CONNMARK', options: { setXmark: arg(mark) } }));
  return fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...marks) },
    { weight: 5, arbitrary: fc.constantFrom(...ctmarks) },
    { weight: 6, arbitrary: anyMove() },
    { weight: jumps.length > 0 ? 5 : 0, arbitrary: fc.constantFrom(...jumps, RETURN) },
    { weight: 2, arbitrary: fc.constantFrom(...ends) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** From the packet's mark to its flow's, or back. */
function anyMove(): fc.Arbitrary<Target> {
  const mask = fc.constantFrom(...MASKS).map(arg);
  const yes = arg(true as const);
  const moves = [{ saveMark: yes }, { restoreMark: yes }];
  return fc
    .tuple(fc.constantFrom(...moves), mask, mask)
    .map(([move, nfmask, ctmask]) => ({ kind: 'CONNMARK', options: { ...move, nfmask, ctmask } }));
}

/** iptables takes -i and -o where the hook has such a device. */
function anyRuleIn(chain: string, chains: readonly string[]): fc.Arbitrary<Rule> {
  const takesIn = chain !== 'OUTPUT' && chain !== 'POSTROUTING';
  const takesOut = chain === 'POSTROUTING';
  const builtins = fc.record({
    src: maybe(NETWORKS),
    dst: maybe(NETWORKS),
    inInterface: takesIn ? maybe(['saref-branch', 'saref+', 'lo']) : fc.constant(undefined),
    outInterface: takesOut ? rarely(arg('mast0')) : fc.constant(undefined),
  });
  const matches = fc.array(anyMatch(), { maxLength: 2 });
  return fc
    .tuple(builtins, anyPayload(), matches, anyTarget(chains))
    .map(([own, { protocol, matches: ofPorts }, asked, target]) => ({
      kind: 'rule',
      builtins: compact({ ...own, protocol }) as Rule['builtins'],
      matches: [...ofPorts, ...asked],
      target,
    }));
}

export function anyRuleset(): fc.Arbitrary<Ruleset> {
  // what one hook jumps to may ask for a device that another one does not have, so only two of them jump
  const targetsOf = (chain: string): readonly string[] => {
    const at = MADE.findIndex((made) => made === chain);
    return at !== -1 ? MADE.slice(at + 1) : ['PREROUTING', 'OUTPUT'].includes(chain) ? MADE : [];
  };
  const chains = [...BASE, ...MADE].map((chain) => {
    const rules = fc.array(anyRuleIn(chain, targetsOf(chain)), { maxLength: chain === 'INPUT' ? 2 : 5 });
    return [chain, rules] as const;
  });
  return fc.record(Object.fromEntries(chains)).map(withMarkCounters);
}

/** What the marks of a packet and of its flow are in the end, spelled out by the counters of 32 rules each. */
function withMarkCounters(ruleset: Ruleset): Ruleset {
  const ctmarked = (mark: Mark): Match => ({ kind: 'connmark', options: { mark: arg(mark) } });
  const counters = [...SINGLE_BITS.map(marked), ...SINGLE_BITS.map(ctmarked)].map((match): Rule => ({
    ...rule([match], RETURN),
    target: undefined,
  }));
  return { ...ruleset, POSTROUTING: [...(ruleset['POSTROUTING'] ?? []), ...counters] };
}

/** The whole mangle table, whatever it held before. */
export function loadScript(ruleset: Ruleset): string {
  return printRestore('mangle', [
    ...MADE.map((chain) => ({ text: declareChain(chain) })),
    ...BASE.map((chain) => ({ text: `-F ${chain}` })),
    ...Object.entries(ruleset).flatMap(([chain, rules]) =>
      rules.map((one) => ({ text: `-A ${chain} ${printRule(one)}` })),
    ),
  ]);
}
