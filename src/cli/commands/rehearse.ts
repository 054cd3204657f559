import type { Rehearsal, RehearsalPorts } from '../../rehearse/rehearse.ts';
import { rehearse } from '../../rehearse/rehearse.ts';
import type { Sabotage } from '../../rehearse/sabotage.ts';
import type { HostTools } from '../../system/host-tools.ts';
import type { Namespace } from '../../system/namespace.ts';
import { openNamespace, openNeighbour } from '../../system/namespace.ts';
import { sendDatagrams } from '../../system/send.ts';
import { appliedReport } from '../applied-report.ts';
import type { Run } from '../command.ts';
import { liveTools } from '../live-tools.ts';
import { loadPlan } from '../policy-file.ts';
import { rehearsalReport } from '../rehearsal-report.ts';
import { invalidPolicy, printReport } from '../report.ts';

export const run: Run = async (args, terminal) => {
  const { name, compiled, diagnostics } = await loadPlan(args, terminal);
  if (compiled === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  const toBreak = args.isSet('break') ? (args.value('break') as Sabotage) : undefined;
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
      text: `${name} in a namespace, ${tools.backend.version}\n\n${report.text}`,
      json: { policy: name, backend: tools.backend.name, ...report.json },
      diagnostics: [...diagnostics, ...report.diagnostics],
    });
  } finally {
    await gateway.close();
  }
};

async function onStage(
  gateway: Namespace,
  tools: HostTools,
  work: (ports: RehearsalPorts) => Promise<Rehearsal>,
): Promise<Rehearsal> {
  const neighbour = await openNeighbour(gateway);
  try {
    return await work({ gateway, neighbour, tools, send: sendDatagrams });
  } finally {
    await neighbour.close();
  }
}
