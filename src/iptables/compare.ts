import type { MaskedAddress } from '../domain/address.ts';
import { extensionOptions } from './extensions.ts';
import { parseRule } from './parse-rule.ts';
import { matchWords, printPlain } from './print-rule.ts';
import type { AnyRule, Match, Opaque, Rule, Token } from './rule.ts';
import type { Word } from './words.ts';
import { inQuotes, quoteWord, splitWords } from './words.ts';

/** Where a rule stands. Addresses of the other family make it no rule there. */
export interface RuleContext {
  readonly family: 'ipv4' | 'ipv6';
  readonly table: string;
}

/** same: the kernel stores one rule. same meaning: two rules that no packet can tell apart. */
export type Comparison = 'same' | 'same meaning' | 'different';

/** Two rule texts without their `-A CHAIN`, saved or typed. */
export function compareRules(one: string, other: string, context: RuleContext): Comparison {
  const [first, second] = [parseRule(one), parseRule(other)];
  if (!isOfFamily(first, context.family) || !isOfFamily(second, context.family)) return 'different';
  if (canonicalText(first) === canonicalText(second)) return 'same';
  if (first.kind === 'opaque' || second.kind === 'opaque') return 'different';
  return meaningText(first) === meaningText(second) ? 'same meaning' : 'different';
}

/** True only where the kernel stores the same rule; where that cannot be known, false. */
export function sameRule(one: string, other: string, context: RuleContext): boolean {
  return one === other || compareRules(one, other, context) === 'same';
}

/** The one text for all spellings of a rule: what two rules are compared by. */
export function canonicalRule(text: string): string {
  return canonicalText(parseRule(text));
}

/** The same of a rule that was read, or made. */
export function canonicalText(rule: AnyRule): string {
  if (rule.kind === 'opaque') return splitWords(rule.text).map(sameWord).join(' ');
  return printPlain(withPlainOpaques(rule));
}

/** Whether it prints as the one text: it was not spelled otherwise, and all of it is known. */
export function isCanonical(rule: AnyRule): boolean {
  if (rule.kind === 'opaque' || rule.spelling !== undefined) return false;
  return rule.target?.kind !== 'opaque' && rule.matches.every(({ kind }) => kind !== 'opaque');
}

/** What a rule means that cannot be read, its quotes tell: they may belong to a name. */
function sameWord({ text, quoted }: Word): string {
  return quoted ? inQuotes(text) : text;
}

/** A value, which without quotes might be an option of what nobody knows. */
function plainValue({ text }: Word): string {
  return text.startsWith('-') ? inQuotes(text) : quoteWord(text);
}

function withPlainOpaques(rule: Rule): Rule {
  const { target } = rule;
  return {
    ...rule,
    matches: rule.matches.map((match) => (match.kind === 'opaque' ? plainOpaque('-m', match) : match)),
    target: target?.kind === 'opaque' ? plainOpaque('-j', target) : target,
  };
}

/**
 * Options of an extension of iptables in one order, under one name and without those that say nothing;
 * their words without needless quotes. What else they mean is not known here.
 */
function plainOpaque(kind: '-m' | '-j', { name, tokens }: Opaque): Opaque {
  const plain = tokens.map(({ flag, negated, values }): Token => {
    const words = values.map(plainValue);
    const known = SAME_OPTION[flag] ?? flag;
    return { flag: known, negated, values, raw: [...(negated ? ['!'] : []), known, ...words] };
  });
  const telling = plain.filter(({ raw }) => IDLE_OPTIONS[name]?.includes(raw.join(' ')) !== true);
  // the order may mean something where an option comes twice, and in an extension that nobody knows
  const isSet =
    extensionOptions(kind, name) !== undefined &&
    new Set(telling.map(({ flag }) => flag)).size === telling.length;
  const ordered = isSet ? telling.sort((one, other) => (one.flag < other.flag ? -1 : 1)) : telling;
  return { kind: 'opaque', name, tokens: ordered };
}

/** Older and longer names of options. */
const SAME_OPTION: Readonly<Record<string, string>> = {
  '--source-port': '--sport',
  '--destination-port': '--dport',
  '--hashlimit': '--hashlimit-upto',
  '--ttl': '--ttl-eq',
  '--hl': '--hl-eq',
};

/** What iptables fills in where nothing is said, and prints or not. */
const IDLE_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  LOG: ['--log-level 4', '--log-level warning'],
  NFLOG: ['--nflog-group 0'],
  NFQUEUE: ['--queue-num 0'],
  REJECT: ['--reject-with icmp-port-unreachable', '--reject-with icmp6-port-unreachable'],
  TPROXY: ['--on-ip "0.0.0.0"', '--on-ip "::"'],
  hashlimit: ['--hashlimit-burst 5'],
  limit: ['--limit "3/hour"', '--limit-burst 5'],
  recent: [
    '--name DEFAULT',
    '--rsource',
    '--mask "255.255.255.255"',
    '--mask "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"',
  ],
  time: ['--datestop "2038-01-19T03:14:07"'],
};

function isOfFamily(rule: AnyRule, family: RuleContext['family']): boolean {
  if (rule.kind === 'opaque') return true;
  const addresses = [rule.builtins.src, rule.builtins.dst].flatMap((arg): MaskedAddress[] =>
    arg ? [arg.value] : [],
  );
  return addresses.every((address) => address.family === family);
}

/** Matches whose order no packet can see: they ask and remember nothing. */
const PURE = new Set<string>([
  'addrtype',
  'ah',
  'cgroup',
  'connmark',
  'conntrack',
  'dscp',
  'esp',
  'mark',
  'multiport',
  'owner',
  'policy',
  'tcp',
  'tos',
  'udp',
]);

/** As canonical, but for what changes no packet: comments, the order of pure matches, other words for the same. */
function meaningText(rule: Rule): string {
  const plain = withPlainOpaques(rule);
  const matches = plain.matches.map(simplified).filter((match) => match !== undefined);
  const texts = matches.map((match) => matchWords(match).join(' '));
  const isPure = matches.every(({ kind }) => PURE.has(kind));
  return [printPlain({ ...plain, matches: [] }), ...(isPure ? texts.sort() : texts)].join(' | ');
}

/** Undefined for a match that asks nothing beyond what `-p` asks. */
function simplified(match: Match): Match | undefined {
  switch (match.kind) {
    case 'comment':
      return undefined;
    case 'tcp':
    case 'udp':
      return Object.keys(match.options).length === 0 ? undefined : match;
    case 'state':
      return match.options.state === undefined
        ? match
        : { kind: 'conntrack', options: { ctstate: match.options.state } };
    default:
      return match;
  }
}
