import { compilePolicy } from '../../pipeline.ts';
import { answeredConns } from '../../plan/plan.ts';
import { madeUpTable } from '../../rehearse/made-up.ts';
import type { RehearsalPorts } from '../../rehearse/observe.ts';
import type { Rehearsal } from '../../rehearse/rehearse.ts';
import { rehearse } from '../../rehearse/rehearse.ts';
import type { Sabotage } from '../../rehearse/sabotage.ts';
import type { HostTools } from '../../system/host-tools.ts';
import type { Namespace } from '../../system/namespace.ts';
import { openNamespace, openNeighbour } from '../../system/namespace.ts';
import { openResponder } from '../../system/respond.ts';
import { sendPackets } from '../../system/send.ts';
import { appliedReport } from '../applied-report.ts';
import type { Run } from '../command.ts';
import { layoutWish, tellLayout } from '../layout-choice.ts';
import type { Arguments } from '../options.ts';
import { UsageError } from '../options.ts';
import { liveTools } from '../live-tools.ts';
import type { LoadedPlan } from '../policy-file.ts';
import { anyAccounts, loadPolicy, planOf } from '../policy-file.ts';
import { rehearsalReport } from '../rehearsal-report.ts';
import { invalidPolicy, printReport } from '../report.ts';
import type { Terminal } from '../terminal.ts';

export const run: Run = async (args, terminal) => {
  const { name, compiled, diagnostics, isMadeUp } = await loadPlan(args, terminal);
  if (compiled === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  tellLayout(compiled.layout, terminal);
  const toBreak = args.isSet('break') ? (args.value('break') as Sabotage) : undefined;
  if (toBreak === 'answers' && answeredConns(compiled.plan).length === 0)
    throw new UsageError('--break answers: no conn that is up has a ref, so no answer goes by tunnel');
  const gateway = await openNamespace();
  try {
    const tools = await liveTools(args, terminal, gateway.execute);
    const rehearsal = await onStage(gateway, tools, (ports) => rehearse(compiled, ports, toBreak));
    const { applied } = rehearsal;
    const report =
      applied.kind === 'applied'
        ? rehearsalReport(rehearsal, compiled.plan)
        : await appliedReport(applied, name);
    return printReport(args, terminal, {
      exitCode: report.exitCode,
      text: `${name} in a namespace, ${tools.backend.version}\n${isMadeUp ? MADE_UP : ''}\n${report.text}`,
      json: {
        policy: name,
        backend: tools.backend.name,
        layout: compiled.layout,
        madeUpSarefs: isMadeUp,
        ...report.json,
      },
      diagnostics: [...diagnostics, ...report.diagnostics],
    });
  } finally {
    await gateway.close();
  }
};

const MADE_UP =
  'SArefs are made up, 1, 2, 3 ... in the order of the entries: the policy leaves them to pluto\n';

interface Loaded extends LoadedPlan {
  readonly isMadeUp: boolean;
}

/** A rehearsal is for machines without pluto, too: the SArefs that it would be asked for are made up. */
async function loadPlan(args: Arguments, terminal: Terminal): Promise<Loaded> {
  const loaded = await loadPolicy(args, terminal, anyAccounts());
  const { name, policy } = loaded;
  if (policy?.sarefs !== 'pluto' || args.isSet('sarefs'))
    return { ...(await planOf({ ...loaded, target: 'this host' }, args, terminal)), isMadeUp: false };
  const wish = await layoutWish(args, policy, true);
  return { name, ...compilePolicy(loaded, madeUpTable(policy), wish), isMadeUp: true };
}

async function onStage(
  gateway: Namespace,
  tools: HostTools,
  work: (ports: RehearsalPorts) => Promise<Rehearsal>,
): Promise<Rehearsal> {
  const neighbour = await openNeighbour(gateway);
  try {
    return await work({ gateway, neighbour, tools, send: sendPackets, respond: openResponder });
  } finally {
    await neighbour.close();
  }
}
