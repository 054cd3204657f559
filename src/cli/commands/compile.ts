import { emptyHost } from '../../host/state.ts';
import { diffPolicy } from '../../pipeline.ts';
import type { BackendName } from '../../system/backend.ts';
import type { Run } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { loadPolicy } from '../policy-file.ts';
import { invalidPolicy, printReport, stepJson } from '../report.ts';
import { stepsText } from '../step-text.ts';

export const run: Run = async (args, terminal) => {
  const { name, compiled, diagnostics } = await loadPolicy(args);
  if (compiled === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  const steps = diffPolicy(compiled, emptyHost(compiled.host));
  return printReport(args, terminal, {
    exitCode: EXIT.done,
    text: await stepsText(steps, args.value('backend') as BackendName | 'auto'),
    json: { policy: name, ok: true, steps: steps.map(stepJson) },
    diagnostics,
  });
};
