import type { Packet } from '../domain/packet.ts';
import { UDP } from '../domain/protocol.ts';
import { markOf } from '../domain/saref.ts';
import { decide } from '../plan/decide.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { answeredConns } from '../plan/plan.ts';
import { clientAddress, strangerMark, UNKNOWN_CLIENT } from '../verify/arrival-witnesses.ts';
import { BRANCH_DEVICE, BRANCH_ENDS } from './stage.ts';

/** Who answers: the gateway, a host behind it, or the gateway to clients that all use the same port. */
type AnswerKind = 'local' | 'forwarded' | 'same port';

/** A packet that comes in by mast, and the answer to it. */
export interface AnswerProbe {
  readonly conn: string;
  readonly kind: AnswerKind;
  readonly arrival: Packet;
  readonly answer: Packet;
  /** The nfmark that the policy says for the answer. */
  readonly wanted: number;
}

export interface AnswerProbes {
  readonly probes: readonly AnswerProbe[];
  /** How many conns are answered, and how many of those are tried. */
  readonly conns: number;
  readonly tried: number;
}

/** A rehearsal is to be short. What is right for these is right for all: their rules differ in numbers alone. */
const MOST_CONNS = 24;

/** Of each conn one whose answers come from the gateway, one from a host behind it, and one that has company. */
export function answerProbes(plan: MarkPlan): AnswerProbes {
  if (plan.inbound === undefined) return { probes: [], conns: 0, tried: 0 };
  const conns = answeredConns(plan);
  const tried = conns.slice(0, MOST_CONNS);
  const client = clientAddress(plan, { addresses: [], devices: [] });
  const about = { plan, client };
  const kinds = (['local', 'forwarded', 'same port'] as const).slice(0, tried.length > 1 ? 3 : 2);
  const own = tried.flatMap(({ conn, answer: { ref } }, index) =>
    kinds.map((kind) => probeOf(about, { conn, kind, nfmark: markOf(ref).value, sport: FIRST_PORT + index })),
  );
  const unknown = { conn: UNKNOWN_CLIENT, nfmark: strangerMark(conns), sport: FIRST_PORT + tried.length };
  const others = [probeOf(about, { ...unknown, kind: 'local' })];
  return { probes: [...own, ...others], conns: conns.length, tried: tried.length };
}

/** Where servers listen (RFC 862), and what clients speak from. */
export const SERVICE_PORT = 7;
const [FIRST_PORT, SAME_PORT] = [20_000, 19_999];

interface Arriving {
  readonly conn: string;
  readonly kind: AnswerKind;
  readonly nfmark: number;
  readonly sport: number;
}

function probeOf(
  { plan, client }: { readonly plan: MarkPlan; readonly client: number },
  { conn, kind, nfmark, sport: ownPort }: Arriving,
): AnswerProbe {
  const isForwarded = kind === 'forwarded';
  const server = isForwarded ? BRANCH_ENDS.far : BRANCH_ENDS.near;
  const sport = kind === 'same port' ? SAME_PORT : ownPort;
  const arrival: Packet = {
    ...{ hook: 'PREROUTING', inInterface: plan.interface, protocol: UDP, nfmark, ctmark: 0 },
    ...{ src: client, sport, srcIsLocal: false },
    ...{ dst: server, dport: SERVICE_PORT, dstIsLocal: !isForwarded },
  };
  const answer: Packet = {
    ...(isForwarded ? { hook: 'PREROUTING', inInterface: BRANCH_DEVICE } : { hook: 'OUTPUT' }),
    ...{ protocol: UDP, direction: 'reply', nfmark: 0, ctmark: decide(plan, arrival).ctmark },
    ...{ src: server, sport: SERVICE_PORT, srcIsLocal: !isForwarded },
    ...{ dst: client, dport: sport, dstIsLocal: false },
  };
  return { conn, kind, arrival, answer, wanted: decide(plan, answer).nfmark };
}
