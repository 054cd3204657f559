import { emptyHost } from '../../host/state.ts';
import { diffPolicy } from '../../pipeline.ts';
import type { BackendName } from '../../system/backend.ts';
import type { Run } from '../command.ts';
import { emit } from '../emit.ts';
import type { Emission } from '../emit.ts';
import { EXIT } from '../exit-codes.ts';
import { tellLayout } from '../layout-choice.ts';
import { loadPolicy, planOf } from '../policy-file.ts';
import { invalidPolicy, printReport, stepJson } from '../report.ts';
import { stepsText } from '../step-text.ts';

export const run: Run = async (args, terminal) => {
  const loaded = await loadPolicy(args, terminal);
  const { name, compiled, diagnostics } = await planOf(loaded, args, terminal);
  if (compiled === undefined || loaded.policy === undefined)
    return printReport(args, terminal, invalidPolicy(name, diagnostics));
  tellLayout(compiled.layout, terminal);
  const steps = diffPolicy(compiled, emptyHost(compiled.host));
  const backend = args.value('backend') as BackendName | 'auto';
  const stage = args.isSet('emit') ? (args.value('emit') as Emission) : undefined;
  return printReport(args, terminal, {
    exitCode: EXIT.done,
    text:
      stage === undefined
        ? await stepsText(steps, backend)
        : await emit(stage, { policy: loaded.policy, compiled, steps, backend }),
    json: { policy: name, ok: true, layout: compiled.layout, steps: steps.map(stepJson) },
    diagnostics,
  });
};
