import type { MaskedAddress } from '../domain/address.ts';
import { isEverything } from '../domain/address.ts';
import { WHOLE_MARK } from '../domain/mark.ts';
import type { NumberRange, TcpFlags } from './codecs/network.ts';
import { isEveryPort } from '../domain/port-range.ts';
import type { ReadOptions } from './option.ts';
import type { Rule } from './rule.ts';

/**
 * What iptables makes of options beyond reading each: defaults that it fills in, and values that say
 * nothing and are dropped. Undefined where it would refuse them together.
 */
type Finish = (options: ReadOptions) => ReadOptions | undefined;

export function finishBuiltins(options: ReadOptions): Rule['builtins'] {
  return without(options, (key, value) => {
    if (key === 'src' || key === 'dst') return isEverything(value as MaskedAddress);
    if (key === 'inInterface' || key === 'outInterface') return value === '+';
    return key === 'protocol' && value === 0;
  });
}

const portsThatMatter: Finish = (options) =>
  without(options, (key, value) => (key === 'sport' || key === 'dport') && isEveryPort(value as NumberRange));

/** A mask of no flags is not printed, negated or not: libxt_tcp.c saves neither. */
function flagsThatMatter({ tcpFlags, ...options }: ReadOptions): ReadOptions {
  const isAsked = tcpFlags !== undefined && (tcpFlags.value as TcpFlags).mask.length > 0;
  return isAsked ? { ...options, tcpFlags } : options;
}

const spisThatMatter: Finish = (options) =>
  without(options, (_key, value) => {
    const { first, last } = value as NumberRange;
    return first === 0 && last === WHOLE_MARK;
  });

const MATCHES: Readonly<Record<string, Finish>> = {
  ah: spisThatMatter,
  esp: spisThatMatter,
  // no other is printed where none is asked for
  policy: (options) => ({ pol: { negated: false, value: 'ipsec' }, ...options }),
  // counted without being asked
  set: (options) => without(options, (key) => key === 'updateCounters' || key === 'updateSubcounters'),
  tcp: (options) => portsThatMatter(flagsThatMatter(options)),
  udp: portsThatMatter,
};

const TARGETS: Readonly<Record<string, Finish>> = {
  CONNMARK: finishConnmark,
  CT: (options) => without(options, (key, value) => key === 'zone' && value === 0),
  MARK: (options) => (options['setXmark'] === undefined ? undefined : options),
};

export function finishMatch(name: string, options: ReadOptions | undefined): ReadOptions | undefined {
  return options === undefined ? undefined : (MATCHES[name] ?? unchanged)(options);
}

/** No option of a target can be negated. */
export function finishTarget(name: string, options: ReadOptions | undefined): ReadOptions | undefined {
  if (options === undefined || Object.values(options).some(({ negated }) => negated)) return undefined;
  return (TARGETS[name] ?? unchanged)(options);
}

function unchanged(options: ReadOptions): ReadOptions {
  return options;
}

/** What is negated says something, always. */
function without(options: ReadOptions, isIdle: (key: string, value: unknown) => boolean): ReadOptions {
  const all = Object.entries(options);
  const telling = all.filter(([key, { negated, value }]) => negated || !isIdle(key, value));
  return telling.length === all.length ? options : Object.fromEntries(telling);
}

/**
 * One operation, one shift at most; saving and restoring have both masks, whole words unless said
 * otherwise. What iptables makes of setting a mark with these masks is not known here.
 */
function finishConnmark({ mask, ...all }: ReadOptions): ReadOptions | undefined {
  const countOf = (...keys: string[]): number => keys.filter((key) => all[key] !== undefined).length;
  if (countOf('setXmark', 'saveMark', 'restoreMark') !== 1 || countOf('leftShift', 'rightShift') > 1)
    return undefined;
  const options = without(all, (key, value) => (key === 'leftShift' || key === 'rightShift') && value === 0);
  const masks = countOf('nfmask', 'ctmask');
  if (all['setXmark'] !== undefined) return mask === undefined && masks === 0 ? options : undefined;
  if (mask !== undefined && masks > 0) return undefined;
  const whole = mask ?? { negated: false, value: WHOLE_MARK };
  return { nfmask: whole, ctmask: whole, ...options };
}
