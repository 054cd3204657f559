import { SINGLE_BITS } from '../domain/mark.ts';
import type { Mark } from '../domain/mark.ts';
import type { MaskedAddress } from '../domain/address.ts';
import { maskedOf } from '../domain/address.ts';
import { arg, jumpTo, marked, rule } from '../iptables/build.ts';
import { parseSave } from '../iptables/parse-save.ts';
import { printRule } from '../iptables/print-rule.ts';
import type { RestoreLine } from '../iptables/restore.ts';
import { declareChain } from '../iptables/restore.ts';
import type { Match, Rule } from '../iptables/rule.ts';
import type { Table } from '../iptables/table.ts';
import type { Packet } from '../domain/packet.ts';
import type { Probe } from './probe.ts';

/** What was counted of one probe at the end of its way, in mangle POSTROUTING. */
export interface Count {
  readonly onMast: number;
  /** On any other device: in clear. */
  readonly elsewhere: number;
  /** The nfmark on the mast device; mixed when not all packets had the same, none when there was none. */
  readonly nfmark: number | 'mixed' | 'none';
}

/** What is counted by the header that it leaves with. */
export type Counted = Pick<Probe, 'leaving'>;

/** Chains of this prefix count, and are taken away. */
export const HUB = 'SAREF-PROBE';

/**
 * Takes away whatever there is of counting rules, of this run or of one that was killed: first what
 * leads to them, then the chains.
 *
 * @param table as it is now
 */
export function removingScripts({ chains }: Table): RestoreLine[][] {
  const own = [...chains.keys()].filter((chain) => chain.startsWith(HUB));
  const jumps = (chains.get('POSTROUTING')?.rules ?? []).filter(({ text }) => text.endsWith(`-j ${HUB}`));
  const detaching = jumps.map(({ text }) => ({ text: `-D POSTROUTING ${text}` }));
  const emptying = own.map((chain) => ({ text: declareChain(chain) }));
  const deleting = own.map((chain) => ({ text: `-X ${chain}` }));
  return [detaching, [...emptying, ...deleting]].filter((lines) => lines.length > 0);
}

function chainOf(index: number): string {
  return `${HUB}-${String(index)}`;
}

/**
 * A script takes so many probes: without root, one transaction of nf_tables has to fit into a send
 * buffer of 208 KiB (net.core.wmem_default), which some 600 rules fill.
 */
const PROBES_PER_SCRIPT = 12;

/** On a host with traffic of others: packets of this time to live alone are looked at, in front of all rules. */
export interface Tagging {
  readonly timeToLive: number;
  /** Whether they are dropped when they are counted. */
  readonly isDropping: boolean;
}

/**
 * Rules without a target, which count and do nothing else: for each probe a chain with one rule for
 * all devices but mast, one for mast, and one for each bit of the mark there.
 *
 * @returns the lines of one script in each item, to be run in their order
 */
export function countingScripts(
  probes: readonly Counted[],
  device: string,
  tagging?: Tagging,
): RestoreLine[][] {
  const hub = [{ text: declareChain(HUB) }, hubLine(tagging)];
  const ends = tagging?.isDropping === true ? [rule([], { kind: 'DROP', options: {} })] : [];
  const counters = [...countersOf(device), ...ends];
  const own = probes.map(({ leaving }, index) => {
    const chain = chainOf(index);
    return [
      { text: declareChain(chain) },
      append(HUB, selecting(leaving, chain)),
      ...counters.map((counter) => append(chain, counter)),
    ];
  });
  const starts = own.flatMap((_, index) => (index % PROBES_PER_SCRIPT === 0 ? [index] : []));
  return [hub, ...starts.map((start) => own.slice(start, start + PROBES_PER_SCRIPT).flat())];
}

/** At the end it sees the mark as others leave it; in front no rule of others lets a probe go before it is dropped. */
function hubLine(tagging: Tagging | undefined): RestoreLine {
  return tagging === undefined
    ? append('POSTROUTING', rule([], jumpTo(HUB)))
    : { text: `-I POSTROUTING 1 -m ttl --ttl-eq ${String(tagging.timeToLive)} -j ${HUB}` };
}

function append(chain: string, counter: Rule): RestoreLine {
  return { text: `-A ${chain} ${printRule(counter)}` };
}

export function selecting({ src, dst, protocol, sport, dport }: Packet, chain: string): Rule {
  const host = (address: number): MaskedAddress => maskedOf({ address, prefix: 32 });
  const ports = (option: 'sports' | 'dports', port: number | undefined): Match[] =>
    port === undefined
      ? []
      : [{ kind: 'multiport', options: { [option]: arg([{ first: port, last: port }]) } }];
  return {
    kind: 'rule',
    builtins: { src: arg(host(src)), dst: arg(host(dst)), protocol: arg(protocol) },
    matches: [...ports('sports', sport), ...ports('dports', dport)],
    target: jumpTo(chain),
  };
}

/** In the order in which `readCounts` takes them. */
function countersOf(device: string): Rule[] {
  const on = (negated: boolean, marks: readonly Mark[]): Rule => ({
    kind: 'rule',
    builtins: { outInterface: { negated, value: device } },
    matches: marks.map(marked),
    target: undefined,
  });
  return [on(true, []), on(false, []), ...SINGLE_BITS.map((bit) => on(false, [bit]))];
}

/** From `iptables-save -c`, one for each probe. */
export function readCounts(probes: readonly Counted[], text: string): Count[] {
  const packets = new Map<string, number[]>();
  for (const line of parseSave(text).save.lines) {
    if (line.kind === 'rule' && line.chain.startsWith(HUB)) {
      const counted = packets.get(line.chain) ?? [];
      packets.set(line.chain, [...counted, Number(line.counters?.packets)]);
    }
  }
  return probes.map((_, index) => countOf(packets.get(chainOf(index)) ?? []));
}

/** Behind the counters there may be a rule that drops. */
function countOf([elsewhere = 0, onMast = 0, ...others]: readonly number[]): Count {
  const perBit = others.slice(0, SINGLE_BITS.length);
  if (onMast === 0) return { onMast, elsewhere, nfmark: 'none' };
  const isMixed = perBit.some((packets) => packets !== 0 && packets !== onMast);
  const nfmark = perBit.reduce((sum, packets, bit) => (packets === 0 ? sum : sum + 2 ** bit), 0);
  return { onMast, elsewhere, nfmark: isMixed ? 'mixed' : nfmark };
}
