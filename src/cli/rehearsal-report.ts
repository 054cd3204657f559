import { hexOf } from '../domain/mark.ts';
import { packetText } from '../domain/packet.ts';
import { placeOf } from '../diagnostics/source.ts';
import type { MarkPlan, PlannedEntry } from '../plan/plan.ts';
import type { Rehearsal } from '../rehearse/rehearse.ts';
import type { Count } from '../verify/count.ts';
import type { Verdict } from '../verify/judge.ts';
import { markText, originText } from '../verify/judge.ts';
import { isStandby } from '../verify/probe.ts';
import { EXIT } from './exit-codes.ts';
import type { Report } from './report.ts';

/** Entry by entry: the nfmark that the policy says and the one that was counted. */
export function rehearsalReport({ verdicts, gaps, diagnostics }: Rehearsal, plan: MarkPlan): Report {
  const isGreen = diagnostics.length === 0;
  const groups = plan.entries.map((entry) => ({
    entry,
    verdicts: verdicts.filter(({ probe }) => probe.entry === entry),
    gaps: gaps.filter((gap) => gap.entry === entry),
  }));
  const rows = groups.map((group) => entryText(group, plan));
  const summary = `${String(verdicts.filter(isRight).length)} of ${String(verdicts.length)} packets as the policy says`;
  return {
    exitCode: isGreen ? EXIT.done : EXIT.notVerified,
    text: `${rows.join('\n')}\n${summary}${isGreen ? '' : '; the rehearsal FAILED'}\n`,
    json: { ok: isGreen, entries: groups.map(entryJson) },
    diagnostics,
  };
}

function isRight({ diagnostic }: Verdict): boolean {
  return diagnostic === undefined;
}

/** All that there is about one entry. */
interface Group extends Pick<Rehearsal, 'verdicts' | 'gaps'> {
  readonly entry: PlannedEntry;
}

function entryText({ entry, verdicts, gaps }: Group, plan: MarkPlan): string {
  const { conn, origin } = entry;
  const lines = [
    ...verdicts.map((verdict) => verdictLine(verdict, plan)),
    ...gaps.map((gap) => `  ${originText(gap).padEnd(9)}  not sent: ${gap.reason}\n`),
  ];
  return `${placeOf(origin)}  ${conn}${remarkOn({ entry, verdicts, gaps })}\n${lines.join('')}`;
}

function remarkOn({ entry: { decision }, verdicts, gaps }: Group): string {
  if (decision.kind === 'skip') return ', down: skipped';
  const remark = decision.kind === 'block' ? ', down: blocked' : '';
  if (verdicts.length > 0) return remark;
  return `${remark}, ${isStandby(gaps) ? 'on standby' : 'not probed'}`;
}

function verdictLine(verdict: Verdict, { interface: device }: MarkPlan): string {
  const { probe, wanted, count } = verdict;
  const columns = [
    `  ${originText(probe.packet).padEnd(9)}`,
    packetText(probe.packet).padEnd(46),
    `policy ${markText(wanted).padEnd(24)}`,
    `${device} ${countText(count).padEnd(24)}`,
  ];
  return `${columns.join('  ')}  ${isRight(verdict) ? 'ok' : 'WRONG'}\n`;
}

function countText({ nfmark, elsewhere }: Count): string {
  if (typeof nfmark === 'number') return markText(nfmark);
  if (nfmark === 'mixed') return 'several nfmarks';
  return elsewhere > 0 ? 'nothing: left in clear' : 'nothing';
}

function entryJson({ entry: { conn, origin, decision }, verdicts, gaps }: Group): object {
  return {
    place: placeOf(origin),
    conn,
    decision: decision.kind,
    standby: verdicts.length === 0 && isStandby(gaps),
    packets: verdicts.map((verdict) => ({
      hook: verdict.probe.packet.hook,
      packet: packetText(verdict.probe.packet),
      wanted: hexOf(verdict.wanted),
      counted: typeof verdict.count.nfmark === 'number' ? hexOf(verdict.count.nfmark) : verdict.count.nfmark,
      onMast: verdict.count.onMast,
      elsewhere: verdict.count.elsewhere,
      ok: isRight(verdict),
    })),
    notSent: gaps.map(({ hook, reason }) => ({ hook, reason })),
  };
}
