import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { packetText } from '../domain/packet.ts';
import type { MarkPlan } from '../plan/plan.ts';
import type { Count } from '../verify/count.ts';
import type { Seen } from '../verify/judge.ts';
import { markText, SENT } from '../verify/judge.ts';
import type { AnswerProbe } from './answer-probes.ts';

/** What became of the answer to a packet, held against the plan. */
export interface AnswerVerdict {
  readonly probe: AnswerProbe;
  readonly count: Count;
  /** Absent when the two agree. */
  readonly diagnostic: Diagnostic | undefined;
}

export function judgeAnswer(
  { entries }: MarkPlan,
  probe: AnswerProbe,
  { count, sending }: Seen,
): AnswerVerdict {
  const found = complaintOf(probe, { count, sending });
  if (found === undefined) return { probe, count, diagnostic: undefined };
  const [code, what] = found;
  const { conn, kind, answer, wanted } = probe;
  const entry = entries.find((one) => one.conn === conn);
  const says = `the policy says ${markText(wanted)} on the mast device`;
  const detail = `${packetText(answer)} (${kind}), the answer to ${conn}: ${says}.`;
  const diagnostic: Diagnostic =
    entry === undefined
      ? { code, labels: [], detail: `${detail}\n${what}.` }
      : { code, labels: [{ span: entry.origin, text: what }], detail };
  return { probe, count, diagnostic };
}

function complaintOf({ kind, wanted }: AnswerProbe, { count, sending }: Seen): [Code, string] | undefined {
  const { onMast, elsewhere, nfmark } = count;
  const copies = String(sending.copies);
  if (elsewhere > 0) return ['SM4003', `${String(elsewhere)} of ${copies} answers left by another device`];
  if (kind === 'same port' && onMast !== sending.copies)
    return [
      'SM4019',
      `of the answers to all who speak from that port, ${String(onMast)} went by it and not ${copies}`,
    ];
  if (onMast < sending.copies) {
    const error = sending.result === SENT ? '' : `; sending failed: ${sending.result}`;
    return ['SM4002', `${String(onMast)} of ${copies} answers came to the mast device${error}`];
  }
  if (nfmark === wanted) return undefined;
  return ['SM4019', `answers went by ${typeof nfmark === 'number' ? markText(nfmark) : 'several nfmarks'}`];
}
