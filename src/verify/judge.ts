import type { Packet } from '../domain/packet.ts';
import { packetText } from '../domain/packet.ts';
import { hexOf, isMarked } from '../domain/mark.ts';
import { sarefBitsOf } from '../domain/saref.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { decide } from '../plan/decide.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import type { Count } from './count.ts';
import type { Gap, Probe } from './probe.ts';
import { hasMemory } from './probe.ts';

/** What the wire showed of one probe, held against the plan. */
export interface Verdict {
  readonly probe: Probe;
  /** What the policy says. */
  readonly wanted: number;
  readonly count: Count;
  /** Absent when the two agree. */
  readonly diagnostic: Diagnostic | undefined;
}

/** What became of the sending: how often it was tried, and how it ended (SENT, or what the system said). */
interface Sending {
  readonly copies: number;
  readonly result: string;
}

export const SENT = 'sent';

/** What became of one probe. */
export interface Seen {
  readonly count: Count;
  readonly sending: Sending;
}

export function judge(plan: MarkPlan, probe: Probe, seen: Seen): Verdict {
  const { nfmark: wanted } = decide(plan, probe.packet);
  const evidence = { wanted, isRemembered: hasMemory(plan, probe), ...seen };
  return { probe, wanted, count: seen.count, diagnostic: complaint(probe, evidence) };
}

interface Evidence extends Seen {
  readonly wanted: number;
  /** Whether its second copy has nothing to be marked by but the memory of its flow. */
  readonly isRemembered: boolean;
}

function complaint(probe: Probe, evidence: Evidence): Diagnostic | undefined {
  const { wanted, isRemembered, count, sending } = evidence;
  const says = `the policy says ${markText(wanted)} on the mast device`;
  const packet = `${packetText(probe.packet)} (${originText(probe.packet)})`;
  const memory = isRemembered ? ` ${MEMORY}` : '';
  const about = (code: Code, what: string): Diagnostic => ({
    code,
    labels: [{ span: probe.entry.origin, text: what }],
    detail: `${packet}: ${says}.${memory}`,
  });
  if (count.elsewhere > 0) {
    return about(
      'SM4003',
      `${String(count.elsewhere)} of ${String(sending.copies)} packets left by another device`,
    );
  }
  if (count.onMast < sending.copies) {
    const error = sending.result === SENT ? '' : `; sending failed: ${sending.result}`;
    return about(
      'SM4002',
      `${String(count.onMast)} of ${String(sending.copies)} packets came to the mast device${error}`,
    );
  }
  if (count.nfmark === wanted) return undefined;
  const nfmark = typeof count.nfmark === 'number' ? markText(count.nfmark) : 'several nfmarks';
  return about('SM4001', `went by ${nfmark}`);
}

/** @param gaps all that keeps the entry from being probed */
export function notProbed({ origin }: ActiveEntry, gaps: readonly Gap[]): Diagnostic {
  return {
    code: 'SM4004',
    labels: [{ span: origin, text: 'there is no packet to send for this entry' }],
    detail: gaps.map(({ hook, reason }) => `${originText({ hook })}: ${reason}`).join('\n'),
  };
}

const MEMORY =
  'Its second copy is sent while the entries are set aside: the memory of its flow alone can mark it.';

/** Where a packet is from, seen from the host. */
export function originText({ hook }: Pick<Packet, 'hook'>): string {
  return hook === 'OUTPUT' ? 'local' : 'forwarded';
}

/** `0x80120000 (SAref 18)`. */
export function markText(nfmark: number): string {
  const saref = sarefBitsOf(nfmark);
  const meaning = saref === 0 ? 'blocked' : `SAref ${String(saref)}`;
  return `${hexOf(nfmark)} (${isMarked(nfmark) ? meaning : 'unmarked'})`;
}
