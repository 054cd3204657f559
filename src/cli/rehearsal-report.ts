import { hexOf } from '../domain/mark.ts';
import { packetText } from '../domain/packet.ts';
import { placeOf } from '../diagnostics/source.ts';
import type { MarkPlan, PlannedEntry } from '../plan/plan.ts';
import type { Rehearsal } from '../rehearse/rehearse.ts';
import type { Verdict } from '../verify/judge.ts';
import { originText } from '../verify/judge.ts';
import { isStandby } from '../verify/probe.ts';
import { answersJson, answersText } from './answer-report.ts';
import { EXIT } from './exit-codes.ts';
import { packetColumns } from './packet-columns.ts';
import type { Report } from './report.ts';

/** Entry by entry: the nfmark that the policy says and the one that was counted. */
export function rehearsalReport({ verdicts, gaps, answers, diagnostics }: Rehearsal, plan: MarkPlan): Report {
  const isGreen = diagnostics.length === 0;
  const groups = plan.entries.map((entry) => ({
    entry,
    verdicts: verdicts.filter(({ probe }) => probe.entry === entry),
    gaps: gaps.filter((gap) => gap.entry === entry),
  }));
  const rows = [...groups.map((group) => entryText(group, plan)), ...answersText(answers, plan.interface)];
  const all = [...verdicts, ...answers.verdicts];
  const summary = `${String(all.filter(isRight).length)} of ${String(all.length)} packets as the policy says`;
  return {
    exitCode: isGreen ? EXIT.done : EXIT.notVerified,
    text: `${rows.join('\n')}\n${summary}${isGreen ? '' : '; the rehearsal FAILED'}\n`,
    json: { ok: isGreen, entries: groups.map(entryJson), answers: answersJson(answers) },
    diagnostics,
  };
}

function isRight({ diagnostic }: Pick<Verdict, 'diagnostic'>): boolean {
  return diagnostic === undefined;
}

/** All that there is about one entry. */
interface Group extends Pick<Rehearsal, 'verdicts' | 'gaps'> {
  readonly entry: PlannedEntry;
}

function entryText({ entry, verdicts, gaps }: Group, plan: MarkPlan): string {
  const { conn, origin } = entry;
  const lines = [
    ...verdicts.map((verdict) => verdictLine(verdict, plan.interface)),
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

function verdictLine({ probe: { packet }, wanted, count, diagnostic }: Verdict, device: string): string {
  const isRight = diagnostic === undefined;
  return packetColumns({ name: originText(packet), packet, wanted, count, isRight }, device);
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
