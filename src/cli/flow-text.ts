import { isMarked } from '../domain/mark.ts';
import type { Packet } from '../domain/packet.ts';
import { BLOCKED, markOf, remembered, sarefBitsOf } from '../domain/saref.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { answeredConns } from '../plan/plan.ts';
import type { Trace } from '../trace/trace.ts';

interface Followed {
  readonly plan: MarkPlan;
  readonly packet: Packet;
  readonly way: Trace;
}

/** What the flow of a packet has to do with how it came in; nothing where the entries decide about answers. */
export function flowLines(followed: Followed): string[] {
  const { plan, packet, way } = followed;
  if (plan.inbound === undefined) return [];
  if (isArrival(followed)) return arrivalLines(followed);
  if (!isDecidedByFlow(packet, way)) return [];
  const { value } = remembered(packet.ctmark);
  const who = connOf(plan, value);
  const whose = who === undefined ? '' : ` for ${who}`;
  const what = packet.direction === 'reply' ? 'an answer, ' : '';
  return [`${what}marked by the memory of its flow${value === BLOCKED.value ? ': blocked' : whose}`];
}

/** By the conns of the policy. */
export function flowJson(followed: Followed): object {
  const { plan, packet, way } = followed;
  const inbound = isArrival(followed) ? inboundConn(plan, packet) : undefined;
  return {
    zone: way.zone ?? null,
    cameInBy: inbound ?? null,
    answersBy: connOf(plan, remembered(way.ctmark).value) ?? null,
  };
}

/** The conn whose answers have this mark. */
function connOf(plan: MarkPlan, nfmark: number): string | undefined {
  return answeredConns(plan).find(({ answer }) => answer.mark.value === nfmark)?.conn;
}

function isArrival({ plan, packet }: Followed): boolean {
  return packet.inInterface === plan.interface;
}

function isDecidedByFlow({ nfmark, ctmark }: Packet, way: Trace): boolean {
  return !isMarked(nfmark) && isMarked(ctmark) && remembered(way.nfmark).value === remembered(ctmark).value;
}

function inboundConn(plan: MarkPlan, { nfmark }: Packet): string | undefined {
  return answeredConns(plan).find(({ answer: { ref } }) => markOf(ref).value === remembered(nfmark).value)
    ?.conn;
}

function arrivalLines({ plan, packet, way }: Followed): string[] {
  const zone = way.zone === undefined ? 'no zone of conntrack' : `zone ${String(way.zone)} of conntrack`;
  const conn = inboundConn(plan, packet);
  const saref = isMarked(packet.nfmark)
    ? `inbound SAref ${String(sarefBitsOf(packet.nfmark))}`
    : 'no inbound SAref';
  return [
    `came in by ${conn ?? 'a conn that nobody knows'} (${saref}), ${zone}`,
    packet.direction === 'reply'
      ? 'an answer to a flow that was begun on this side, and keeps its memory'
      : `its flow remembers ${answersText(plan, way)}`,
  ];
}

function answersText(plan: MarkPlan, { ctmark }: Trace): string {
  if (!isMarked(ctmark)) return 'nothing: answers go as the entries say';
  const { value } = remembered(ctmark);
  if (value === BLOCKED.value) return 'that answers are blocked';
  const saref = `SAref ${String(sarefBitsOf(value))}`;
  const conn = connOf(plan, value);
  return conn === undefined ? `${saref}, which no conn has` : `that answers go by ${conn} (${saref})`;
}
