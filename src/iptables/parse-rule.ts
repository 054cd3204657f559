import { finishBuiltins, finishMatch, finishTarget } from './finish.ts';
import { extensionOptions } from './extensions.ts';
import type { Group } from './group.ts';
import { groupWords } from './group.ts';
import type { Arg, IndexedOption, Options, ReadOptions } from './option.ts';
import { indexOf } from './option.ts';
import { printPlain } from './print-rule.ts';
import type { AnyRule, Match, Opaque, Rule, Target, Token } from './rule.ts';
import { BUILTINS, MATCHES, TARGETS } from './vocabulary.ts';
import { splitWords } from './words.ts';

/**
 * A rule without its `-A CHAIN`, as iptables-save printed it or as somebody typed it. Total: what
 * cannot be read becomes opaque, the whole rule or an extension of it.
 */
export function parseRule(text: string): AnyRule {
  const rule = readRule(text);
  if (rule === undefined) return { kind: 'opaque', text };
  const plain = printPlain(rule);
  if (plain === text) return rule;
  // in the order of iptables-save its words may belong together in another way: then it was no rule
  const again = readRule(plain);
  const isStable = again !== undefined && printPlain(again) === plain && flagsOf(again) === flagsOf(rule);
  return isStable ? { ...rule, spelling: text } : { kind: 'opaque', text };
}

/** What was taken for options of extensions that are not known here: one that is cut short may be another's. */
function flagsOf({ matches, target }: Rule): string {
  const parts = target === undefined ? matches : [...matches, target];
  return parts
    .flatMap((part) => (part.kind === 'opaque' ? part.tokens.map(({ flag }) => flag) : []))
    .join(' ');
}

function readRule(text: string): Rule | undefined {
  const groups = groupWords(splitWords(text));
  return groups === undefined ? undefined : ruleOf(groups.own, groups.groups);
}

function ruleOf(own: readonly Token[], groups: readonly Group[]): Rule | undefined {
  const builtins = readOptions(BUILTINS, own);
  const targets = groups.filter(({ head }) => head !== '-m');
  if (builtins === undefined || targets.length > 1) return undefined;
  return {
    kind: 'rule',
    builtins: finishBuiltins(builtins),
    matches: groups.filter(({ head }) => head === '-m').map(matchOf),
    target: targets.map(targetOf)[0],
  };
}

function matchOf(group: Group): Match {
  const { name, tokens } = group;
  const row = Object.hasOwn(MATCHES, name) ? MATCHES[name as keyof typeof MATCHES] : undefined;
  const options = row === undefined ? undefined : finishMatch(name, readOptions(row, tokens));
  return options === undefined ? opaqueOf(group) : ({ kind: name, options } as Match);
}

function targetOf(group: Group): Target {
  const { head, name, tokens } = group;
  if (head === '-g') return { kind: 'goto', chain: name };
  const row = Object.hasOwn(TARGETS, name) ? TARGETS[name as keyof typeof TARGETS] : undefined;
  const options = row === undefined ? undefined : finishTarget(name, readOptions(row, tokens));
  if (options !== undefined) return { kind: name, options } as Target;
  const isExtension = row !== undefined || tokens.length > 0 || extensionOptions('-j', name) !== undefined;
  return isExtension ? opaqueOf(group) : { kind: 'jump', chain: name };
}

function opaqueOf({ name, tokens }: Group): Opaque {
  return { kind: 'opaque', name, tokens };
}

/** @param tokens of this row, each of them. Undefined unless each stands once and has a value that it takes. */
function readOptions(row: Options, tokens: readonly Token[]): ReadOptions | undefined {
  const { byFlag } = indexOf(row);
  const options: Record<string, Arg<unknown>> = {};
  for (const { flag, negated, values } of tokens) {
    const { key, codec } = byFlag.get(flag) as IndexedOption;
    if (Object.hasOwn(options, key)) return undefined;
    const isFit = codec.isBare !== true || values.every(({ quoted }) => !quoted);
    const value = isFit ? codec.read(values[0]?.text ?? '', values[1]?.text ?? '') : undefined;
    if (value === undefined) return undefined;
    options[key] = { negated, value };
  }
  return options;
}
