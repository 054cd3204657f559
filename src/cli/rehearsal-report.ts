import { hexOf } from '../domain/mark.ts';
import { packetText } from '../domain/packet.ts';
import { placeOf } from '../diagnostics/source.ts';
import type { MarkPlan, PlannedEntry } from '../plan/plan.ts';
import type { Rehearsal } from '../rehearse/rehearse.ts';
import type { Count } from '../verify/count.ts';
import type { Verdict } from '../verify/judge.ts';
import { markText } from '../verify/judge.ts';
import { EXIT } from './exit-codes.ts';
import type { Report } from './report.ts';

/** Entry by entry: the nfmark that the policy says and the one that was counted. */
export function rehearsalReport({ verdicts, diagnostics }: Rehearsal, plan: MarkPlan): Report {
  const isGreen = diagnostics.length === 0;
  const groups = plan.entries.map((entry) => ({
    entry,
    own: verdicts.filter(({ probe }) => probe.entry === entry),
  }));
  const rows = groups.map(
    ({ entry, own }) =>
      `${headline(entry, own)}\n${own.map((verdict) => verdictLine(verdict, plan)).join('')}`,
  );
  const summary = `${String(verdicts.filter(isRight).length)} of ${String(verdicts.length)} packets as the policy says`;
  return {
    exitCode: isGreen ? EXIT.done : EXIT.notVerified,
    text: `${rows.join('\n')}\n${summary}${isGreen ? '' : '; the rehearsal FAILED'}\n`,
    json: { ok: isGreen, entries: groups.map(({ entry, own }) => entryJson(entry, own)) },
    diagnostics,
  };
}

function isRight({ diagnostic }: Verdict): boolean {
  return diagnostic === undefined;
}

function headline({ conn, origin, decision }: PlannedEntry, own: readonly Verdict[]): string {
  const remark = { mark: '', block: ', down: blocked', skip: ', down: skipped' }[decision.kind];
  const isUnprobed = own.length === 0 && decision.kind !== 'skip';
  return `${placeOf(origin)}  ${conn}${remark}${isUnprobed ? ', not probed' : ''}`;
}

function verdictLine(verdict: Verdict, { interface: device }: MarkPlan): string {
  const { probe, wanted, count } = verdict;
  const origin = probe.packet.hook === 'OUTPUT' ? 'local' : 'forwarded';
  const columns = [
    `  ${origin.padEnd(9)}`,
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

function entryJson({ conn, origin, decision }: PlannedEntry, own: readonly Verdict[]): object {
  return {
    place: placeOf(origin),
    conn,
    decision: decision.kind,
    packets: own.map((verdict) => ({
      hook: verdict.probe.packet.hook,
      packet: packetText(verdict.probe.packet),
      wanted: hexOf(verdict.wanted),
      counted: typeof verdict.count.nfmark === 'number' ? hexOf(verdict.count.nfmark) : verdict.count.nfmark,
      onMast: verdict.count.onMast,
      elsewhere: verdict.count.elsewhere,
      ok: isRight(verdict),
    })),
  };
}
