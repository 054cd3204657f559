import { rehearse } from '../../rehearse/rehearse.ts';
import type { Sabotage } from '../../rehearse/sabotage.ts';
import { openNamespace, openNeighbour } from '../../system/namespace.ts';
import { sendDatagrams } from '../../system/send.ts';
import { appliedReport } from '../applied-report.ts';
import type { Run } from '../command.ts';
import { liveTools } from '../live-tools.ts';
import { loadPolicy } from '../policy-file.ts';
import { rehearsalReport } from '../rehearsal-report.ts';
import { invalidPolicy, printReport } from '../report.ts';

export const run: Run = async (args, terminal) => {
  const { name, compiled, diagnostics } = await loadPolicy(args);
  if (compiled === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  const gateway = await openNamespace();
  try {
    const neighbour = await openNeighbour(gateway);
    const tools = await liveTools(args, terminal, gateway.execute);
    const toBreak = args.isSet('break') ? (args.value('break') as Sabotage) : undefined;
    const rehearsal = await rehearse(compiled, { gateway, neighbour, tools, send: sendDatagrams }, toBreak);
    await neighbour.close();
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
