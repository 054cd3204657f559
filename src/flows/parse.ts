import { toAddress } from '../domain/cidr.ts';
import { toPort } from '../domain/port-range.ts';
import { hasPorts, toProtocol } from '../domain/protocol.ts';
import type { Flow, Tuple } from './flow.ts';

export interface FlowReading {
  readonly flows: readonly Flow[];
  /** Lines that say of no flow from where to where it goes. */
  readonly unread: readonly string[];
}

/**
 * The text of `conntrack -L -f ipv4`, with `-o extended` or without: a flow in each line. What stands
 * between its two tuples and behind them is `[ASSURED]`, counters, labels: nothing that decides.
 * A zone of the original direction stands behind the first one.
 *
 *   udp      17 29 src=10.9.1.1 dst=192.168.0.1 sport=4000 dport=53 [UNREPLIED] src=192.168.0.1 dst=10.9.1.1 sport=53 dport=4000 mark=2148663296 use=1
 */
export function parseFlows(text: string): FlowReading {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const read = lines.map((line) => ({ line, flow: flowIn(line) }));
  return {
    flows: read.flatMap(({ flow }) => (flow === undefined ? [] : [flow])),
    unread: read.filter(({ flow }) => flow === undefined).map(({ line }) => line),
  };
}

/** The name of a protocol that conntrack knows, or `unknown`, and its number. */
const START = /^(?:ipv4 +2 +)?\S+ +([0-9]+) /;

function flowIn(line: string): Flow | undefined {
  const protocol = toProtocol(START.exec(line)?.[1] ?? '');
  const pairs = [...line.matchAll(/(?<= )([a-z-]+)=(\S+)/g)].map(([, key = '', value = '']) => ({
    key,
    value,
  }));
  const second = pairs.findLastIndex(({ key }) => key === 'src');
  const mark = pairs.findLast(({ key }) => key === 'mark')?.value ?? '0';
  const [original, reply] = [pairs.slice(0, second), pairs.slice(second)].map((half) =>
    protocol === undefined ? undefined : tupleIn(protocol, half),
  );
  if (original === undefined || reply === undefined || !/^[0-9]{1,10}$/.test(mark)) return undefined;
  const zone = pairs.find(({ key }) => key === 'zone-orig')?.value;
  return { original, reply, ctmark: Number(mark), ...(zone !== undefined && { zone: Number(zone) }) };
}

interface Pair {
  readonly key: string;
  readonly value: string;
}

function tupleIn(protocol: number, pairs: readonly Pair[]): Tuple | undefined {
  const valueOf = (wanted: string): string | undefined => pairs.find(({ key }) => key === wanted)?.value;
  const [src, dst] = [toAddress(valueOf('src') ?? ''), toAddress(valueOf('dst') ?? '')];
  const ports = { sport: toPort(valueOf('sport') ?? ''), dport: toPort(valueOf('dport') ?? '') };
  if (src === undefined || dst === undefined) return undefined;
  if (!hasPorts(protocol)) return { src, dst, protocol };
  return ports.sport === undefined || ports.dport === undefined
    ? undefined
    : { src, dst, protocol, sport: ports.sport, dport: ports.dport };
}
