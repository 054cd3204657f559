import { SINGLE_BITS } from '../domain/mark.ts';
import type { Mark } from '../domain/mark.ts';
import type { MaskedAddress } from '../domain/address.ts';
import { maskedOf } from '../domain/address.ts';
import { arg, jumpTo, marked } from '../iptables/build.ts';
import { parseSave } from '../iptables/parse-save.ts';
import { printRule } from '../iptables/print-rule.ts';
import type { RestoreLine } from '../iptables/restore.ts';
import { declareChain } from '../iptables/restore.ts';
import type { Match, Rule } from '../iptables/rule.ts';
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

const HUB = 'SAREF-PROBE';

function chainOf(index: number): string {
  return `${HUB}-${String(index)}`;
}

/**
 * Rules without a target, which count and do nothing else: for each probe a chain with one rule for
 * all devices but mast, one for mast, and one for each bit of the mark there.
 */
export function countingLines(probes: readonly Probe[], device: string): RestoreLine[] {
  const append = (chain: string, rule: Rule): RestoreLine => ({ text: `-A ${chain} ${printRule(rule)}` });
  return [
    ...[HUB, ...probes.map((_, index) => chainOf(index))].map((chain) => ({ text: declareChain(chain) })),
    append('POSTROUTING', { kind: 'rule', builtins: {}, matches: [], target: jumpTo(HUB) }),
    ...probes.flatMap(({ packet }, index) => [
      append(HUB, selecting(packet, chainOf(index))),
      ...countersOf(device).map((counter) => append(chainOf(index), counter)),
    ]),
  ];
}

function selecting({ src, dst, protocol, sport, dport }: Packet, chain: string): Rule {
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
export function readCounts(probes: readonly Probe[], text: string): Count[] {
  const packets = new Map<string, number[]>();
  for (const line of parseSave(text).save.lines) {
    if (line.kind === 'rule' && line.chain.startsWith(HUB)) {
      const counted = packets.get(line.chain) ?? [];
      packets.set(line.chain, [...counted, Number(line.counters?.packets)]);
    }
  }
  return probes.map((_, index) => countOf(packets.get(chainOf(index)) ?? []));
}

function countOf([elsewhere = 0, onMast = 0, ...perBit]: readonly number[]): Count {
  if (onMast === 0) return { onMast, elsewhere, nfmark: 'none' };
  const isMixed = perBit.some((packets) => packets !== 0 && packets !== onMast);
  const nfmark = perBit.reduce((sum, packets, bit) => (packets === 0 ? sum : sum + 2 ** bit), 0);
  return { onMast, elsewhere, nfmark: isMixed ? 'mixed' : nfmark };
}
