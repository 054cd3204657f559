import type { Packet } from '../domain/packet.ts';
import { UDP } from '../domain/protocol.ts';
import { BLOCKED, LAST_SAREF, markOf } from '../domain/saref.ts';
import { witnessOf } from '../domain/witness.ts';
import { decide } from '../plan/decide.ts';
import type { ActiveEntry, Answered, MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf, answeredConns } from '../plan/plan.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { atAddresses } from './own-addresses.ts';
import { NOT_BETWEEN_HOSTS } from './probe.ts';
import type { TraceWitness } from './witnesses.ts';
import { ANOTHER_MARK, otherDevice } from './witnesses.ts';

/** What stands in a report for who comes in by an inbound SAref that no conn has. */
export const UNKNOWN_CLIENT = 'a client that nobody knows';

/** The packets of one conn, its first one that comes in by mast in front. */
export interface ArrivalWitnesses {
  readonly conn: string;
  readonly witnesses: readonly [TraceWitness, ...TraceWitness[]];
}

interface Ends {
  readonly client: number;
  readonly host: number;
  /** Another one, behind the gateway. */
  readonly server: number;
  readonly device: string;
}

/**
 * For each conn that flows come in by: what mast has just decapsulated, to this host and to another one,
 * and the answers to both. All have the same addresses and ports, which an entry takes where there is one:
 * answers go by another conn than it says. Then those of a client that no conn has. Conn by conn, for of
 * many they are too many to keep.
 */
export function* arrivalWitnesses(plan: MarkPlan, own: OwnAddresses): Generator<ArrivalWitnesses, void> {
  const conns = answeredConns(plan);
  const ends = endsOf(plan, own);
  const entries = new Map(
    activeEntriesOf(plan)
      .toReversed()
      .map((entry) => [entry.conn, entry]),
  );
  const about = (conn: string, nfmark: number): ArrivalWitnesses => ({
    conn,
    witnesses: witnessesOf({ plan, ends, entry: entries.get(conn) }, conn, nfmark),
  });
  for (const { conn, answer } of conns) yield about(conn, markOf(answer.ref).value);
  yield about(UNKNOWN_CLIENT, strangerMark(conns));
}

/** The nfmark of the highest inbound SAref that no conn has, which is none that a kernel gives soon; of 0 where all are taken. */
export function strangerMark(conns: readonly Answered[]): number {
  const taken = new Set<number>(conns.map(({ answer }) => answer.ref));
  let free = LAST_SAREF;
  while (taken.has(free)) free -= 1;
  return BLOCKED.value + free * 0x10000;
}

interface About {
  readonly plan: MarkPlan;
  readonly ends: Ends;
  readonly entry: ActiveEntry | undefined;
}

function witnessesOf(
  { plan, ends, entry }: About,
  conn: string,
  nfmark: number,
): readonly [TraceWitness, ...TraceWitness[]] {
  const made = (packet: Packet): TraceWitness => ({
    packet,
    decided: decide(plan, packet),
    about: entry,
    cameInBy: conn,
  });
  const there = (dst: number, parts: Partial<Packet> = {}): TraceWitness =>
    made({ ...BARE, ...arriving(plan.interface), src: ends.client, dst, nfmark, ...parts });
  const toHost = there(ends.host, { dstIsLocal: true });
  const back = { ...BARE, ...BACK, dst: ends.client, ctmark: toHost.decided.ctmark };
  return [
    toHost,
    there(ends.server),
    // what its flow was told before is told again; an answer to this host's own flow tells it nothing
    there(ends.server, { ctmark: ANOTHER_MARK }),
    there(ends.host, { dstIsLocal: true, direction: 'reply', ctmark: ANOTHER_MARK }),
    made({ ...back, hook: 'OUTPUT', src: ends.host, srcIsLocal: true }),
    made({ ...back, ...arriving(ends.device), src: ends.server }),
  ];
}

const BARE = {
  ...{ protocol: UDP, sport: 40_000, dport: 53, srcIsLocal: false, dstIsLocal: false, nfmark: 0, ctmark: 0 },
} as const;

const BACK = { sport: BARE.dport, dport: BARE.sport, direction: 'reply' } as const;

function arriving(device: string): Pick<Packet, 'hook' | 'inInterface'> {
  return { hook: 'PREROUTING', inInterface: device };
}

/** 192.0.2.1, 192.0.2.2 and 192.0.2.3 (RFC 5737), where there is nothing better. */
const [SOME_CLIENT, SOME_HOST, SOME_SERVER] = [0xc0000201, 0xc0000202, 0xc0000203];

/** An address that an entry sends to some conn, where there is one. */
export function clientAddress(plan: MarkPlan, own: OwnAddresses): number {
  const others = [...NOT_BETWEEN_HOSTS, atAddresses('dst', own)];
  const [entry] = activeEntriesOf(plan);
  const witness = entry && witnessOf([entry.selector, { protocol: UDP }], others);
  return witness?.dst ?? SOME_CLIENT;
}

function endsOf(plan: MarkPlan, own: OwnAddresses): Ends {
  const client = clientAddress(plan, own);
  const [host = client === SOME_HOST ? SOME_CLIENT : SOME_HOST] = own.addresses;
  return {
    client,
    host,
    server: client === SOME_SERVER ? SOME_CLIENT : SOME_SERVER,
    device: otherDevice(plan),
  };
}
