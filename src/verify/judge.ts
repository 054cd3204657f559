import { packetText } from '../domain/packet.ts';
import { hexOf, isMarked } from '../domain/mark.ts';
import { sarefBitsOf } from '../domain/saref.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { decide } from '../plan/decide.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import type { Count } from './count.ts';
import type { Probe } from './probe.ts';

/** What the wire showed of one probe, held against the plan. */
export interface Verdict {
  readonly probe: Probe;
  /** What the policy says. */
  readonly wanted: number;
  readonly count: Count;
  /** Absent when the two agree. */
  readonly diagnostic: Diagnostic | undefined;
}

/** What became of the sending: how often it was tried, and how it ended ("sent", or an error's code). */
export interface Sending {
  readonly copies: number;
  readonly result: string;
}

export function judge(
  plan: MarkPlan,
  probe: Probe,
  seen: { readonly count: Count; readonly sending: Sending },
): Verdict {
  const { nfmark: wanted } = decide(plan, probe.packet);
  return { probe, wanted, count: seen.count, diagnostic: complaint(probe, { wanted, ...seen }) };
}

interface Evidence {
  readonly wanted: number;
  readonly count: Count;
  readonly sending: Sending;
}

function complaint(probe: Probe, { wanted, count, sending }: Evidence): Diagnostic | undefined {
  const says = `the policy says ${markText(wanted)} on the mast device`;
  const packet = `${packetText(probe.packet)} (${probe.packet.hook === 'OUTPUT' ? 'local' : 'forwarded'})`;
  const about = (code: Code, what: string): Diagnostic => ({
    code,
    labels: [{ span: probe.entry.origin, text: what }],
    detail: `${packet}: ${says}.`,
  });
  if (count.elsewhere > 0) {
    return about(
      'SM4003',
      `${String(count.elsewhere)} of ${String(sending.copies)} packets left by another device`,
    );
  }
  if (count.onMast < sending.copies) {
    const error = sending.result === 'sent' ? '' : `; sending failed: ${sending.result}`;
    return about(
      'SM4002',
      `${String(count.onMast)} of ${String(sending.copies)} packets came to the mast device${error}`,
    );
  }
  if (count.nfmark === wanted) return undefined;
  const nfmark = typeof count.nfmark === 'number' ? markText(count.nfmark) : 'several nfmarks';
  return about('SM4001', `went by ${nfmark}`);
}

export function notProbed({ origin }: ActiveEntry): Diagnostic {
  return {
    code: 'SM4004',
    labels: [{ span: origin, text: 'there is no packet to send for this entry' }],
    detail:
      'Earlier entries decide all packets that it matches, or its networks are not for use between hosts.',
  };
}

/** `0x80120000 (SAref 18)`. */
export function markText(nfmark: number): string {
  const saref = sarefBitsOf(nfmark);
  const meaning = saref === 0 ? 'blocked' : `SAref ${String(saref)}`;
  return `${hexOf(nfmark)} (${isMarked(nfmark) ? meaning : 'unmarked'})`;
}
