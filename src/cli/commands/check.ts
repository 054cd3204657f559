import { isError } from '../../diagnostics/diagnostic.ts';
import { compilePolicy } from '../../pipeline.ts';
import type { Run } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { anyAccounts, loadPolicy } from '../policy-file.ts';
import { invalidPolicy, printReport } from '../report.ts';

/** Reads no source of SArefs: what a policy says about its own map is all that is asked. */
export const run: Run = async (args, terminal) => {
  const loaded = await loadPolicy(args, terminal, { ...anyAccounts(), hasCgroup: () => true });
  const { diagnostics } = compilePolicy(loaded);
  const { name, policy } = loaded;
  if (policy === undefined || diagnostics.some(isError))
    return printReport(args, terminal, invalidPolicy(name, diagnostics));
  const isRefused = args.isSet('strict') && diagnostics.length > 0;
  const counts = [
    countText(diagnostics.length, 'warning'),
    countText(policy.entries.length, 'entry', 'entries'),
  ];
  return printReport(args, terminal, {
    exitCode: isRefused ? EXIT.policyInvalid : EXIT.done,
    text: isRefused
      ? ''
      : `${name}: no errors, ${counts.filter((text) => text !== '0 warnings').join(', ')}\n`,
    json: { policy: name, ok: !isRefused },
    diagnostics,
  });
};

function countText(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
