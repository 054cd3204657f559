import type { Applied } from '../apply/apply.ts';
import { applyHost } from '../apply/apply.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { HostState } from '../host/state.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import type { Seen, Verdict } from '../verify/judge.ts';
import { judge, notProbed } from '../verify/judge.ts';
import type { Gap, Probes } from '../verify/probe.ts';
import { isStandby, probesFor } from '../verify/probe.ts';
import type { AnswerProbes } from './answer-probes.ts';
import { answerProbes } from './answer-probes.ts';
import { addArrivalDevices } from './arrivals.ts';
import type { AnswerVerdict } from './judge-answer.ts';
import { judgeAnswer } from './judge-answer.ts';
import { observeAnswers } from './observe-answers.ts';
import type { RehearsalPorts } from './observe.ts';
import { observeProbes } from './observe.ts';
import type { Sabotage } from './sabotage.ts';
import { sabotage } from './sabotage.ts';
import { BRANCH_DEVICE, setStage } from './stage.ts';

export interface Rehearsal {
  readonly applied: Applied;
  /** Two for each entry where both can be sent: a local packet and a forwarded one. */
  readonly verdicts: readonly Verdict[];
  /** Of conns that flows come in by, as far as they were tried. */
  readonly answers: Pick<AnswerProbes, 'conns' | 'tried'> & { readonly verdicts: readonly AnswerVerdict[] };
  /** Packets that cannot be sent. No fault of an entry that has another one. */
  readonly gaps: readonly Gap[];
  /** Everything that did not go as the policy says; none is a success. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The policy applied and tried on a stage of its own: real rules, real packets, counted where they leave. */
export async function rehearse(
  { plan, host }: { readonly plan: MarkPlan; readonly host: HostState },
  ports: RehearsalPorts,
  toBreak?: Sabotage,
): Promise<Rehearsal> {
  const { gateway, neighbour, tools } = ports;
  await setStage(gateway, neighbour, plan.interface);
  const { farEnds, missing } = await addArrivalDevices(gateway, neighbour, plan);
  const applied = await applyHost(tools, { ours: host, targetOn: () => host });
  if (applied.kind !== 'applied')
    return { applied, verdicts: [], answers: NO_ANSWERS, gaps: [], diagnostics: [] };
  if (toBreak !== undefined) await sabotage(toBreak, tools, { plan, host });
  const answers = await rehearseAnswers(plan, ports);
  const { probes, gaps } = probesFor(plan, { device: BRANCH_DEVICE, missing });
  const seen = await observeProbes({ plan, host, probes, farEnds }, ports);
  const verdicts = probes.map((probe, index) => judge(plan, probe, seen[index] as Seen));
  const complaints = [...verdicts, ...answers.verdicts].flatMap(({ diagnostic }) => diagnostic ?? []);
  const diagnostics = [...complaints, ...unshownEntries(plan, { probes, gaps })];
  return { applied, verdicts, answers, gaps, diagnostics };
}

const NO_ANSWERS = { verdicts: [], conns: 0, tried: 0 };

/** Before the entries are set aside: an answer that is not known would then be dropped, and not seen elsewhere. */
async function rehearseAnswers(plan: MarkPlan, ports: RehearsalPorts): Promise<Rehearsal['answers']> {
  const { probes, conns, tried } = answerProbes(plan);
  if (probes.length === 0) return NO_ANSWERS;
  const seen = await observeAnswers(probes, plan.interface, ports);
  return { verdicts: probes.map((probe, at) => judgeAnswer(plan, probe, seen[at] as Seen)), conns, tried };
}

function unshownEntries(plan: MarkPlan, { probes, gaps }: Probes): Diagnostic[] {
  return activeEntriesOf(plan).flatMap((entry) => {
    const own = gaps.filter((gap) => gap.entry === entry);
    const isProbed = probes.some((probe) => probe.entry === entry);
    return isProbed || isStandby(own) ? [] : [notProbed(entry, own)];
  });
}
