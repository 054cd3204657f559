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
import { addArrivalDevices } from './arrivals.ts';
import type { RehearsalPorts } from './observe.ts';
import { observeProbes } from './observe.ts';
import type { Sabotage } from './sabotage.ts';
import { sabotage } from './sabotage.ts';
import { BRANCH_DEVICE, setStage } from './stage.ts';

export interface Rehearsal {
  readonly applied: Applied;
  /** Two for each entry where both can be sent: a local packet and a forwarded one. */
  readonly verdicts: readonly Verdict[];
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
  if (applied.kind !== 'applied') return { applied, verdicts: [], gaps: [], diagnostics: [] };
  if (toBreak !== undefined) await sabotage(toBreak, tools, { plan, host });
  const { probes, gaps } = probesFor(plan, { device: BRANCH_DEVICE, missing });
  const seen = await observeProbes({ plan, host, probes, farEnds }, ports);
  const verdicts = probes.map((probe, index) => judge(plan, probe, seen[index] as Seen));
  const complaints = verdicts.flatMap(({ diagnostic }) => diagnostic ?? []);
  return { applied, verdicts, gaps, diagnostics: [...complaints, ...unshownEntries(plan, { probes, gaps })] };
}

function unshownEntries(plan: MarkPlan, { probes, gaps }: Probes): Diagnostic[] {
  return activeEntriesOf(plan).flatMap((entry) => {
    const own = gaps.filter((gap) => gap.entry === entry);
    const isProbed = probes.some((probe) => probe.entry === entry);
    return isProbed || isStandby(own) ? [] : [notProbed(entry, own)];
  });
}
