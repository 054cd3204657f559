import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { activeEntriesOf } from '../plan/plan.ts';
import type { Check } from './check.ts';
import { checkOf, notApplicable, notChecked } from './check.ts';
import type { Probed } from './live-probe.ts';
import type { Seen } from './judge.ts';
import { judge, notProbed } from './judge.ts';
import type { Probes } from './probe.ts';

const NAME = 'probe';

/** What was counted of real packets, held against the plan. */
export function checkProbes(plan: MarkPlan, { probes, gaps }: Probes, probed: Probed): Check {
  const unprobed = gaps.filter(({ isTaken }) => !isTaken);
  const untried: Diagnostic[] = unprobed.map((gap) => notProbed(gap.entry, [gap]));
  switch (probed.kind) {
    case 'interrupted':
      return notChecked(NAME, 'was interrupted');
    case 'failed':
      // who runs the command has the words for what failed
      return notChecked(NAME, 'a command failed', []);
    case 'seen': {
      // each goes once, with the entries in place: no flow has a memory to show
      const once: MarkPlan = { ...plan, tracking: 'packet' };
      const wrong = probes.flatMap(
        (probe, index) => judge(once, probe, probed.seen[index] as Seen).diagnostic ?? [],
      );
      const right = String(probes.length - wrong.length);
      const text = `${right} of ${String(probes.length)} packets of this host counted on ${plan.interface} as the policy says`;
      return {
        ...checkOf({ name: NAME, text, diagnostics: [...wrong, ...untried] }),
        packets: probes.length,
      };
    }
    /* c8 ignore next 2 */
    default:
      return probed satisfies never;
  }
}

export function checkForwardedProbes(plan: MarkPlan): Check {
  const some =
    activeEntriesOf(plan).length === 0
      ? 'there is no entry'
      : 'packets cannot be made to come in on a host that is in use';
  return notApplicable('forwarded probe', some);
}
