import { randomInt } from 'node:crypto';
import { flowChange } from '../../flow-change.ts';
import { isError } from '../../diagnostics/diagnostic.ts';
import { holdingBeside } from '../../system/backend-in-use.ts';
import { executeHere } from '../../system/execute.ts';
import { readIpsecConf } from '../../system/ipsec-conf.ts';
import { mustRun } from '../../system/namespace.ts';
import { askPluto } from '../../system/pluto.ts';
import { sendPackets } from '../../system/send.ts';
import { holdSignals } from '../../system/signals.ts';
import { verifyHost } from '../../verify/verify.ts';
import type { Run } from '../command.ts';
import { exclusively } from '../exclusively.ts';
import { goalOf } from '../../pipeline.ts';
import { liveTools, livingRuns, narratedIfAsked } from '../live-tools.ts';
import { loadPlan } from '../policy-file.ts';
import { checkHere } from '../policy-here.ts';
import { invalidPolicy, printReport } from '../report.ts';
import { verifyReport } from '../verify-report.ts';

/** The ports that nobody is given by name (RFC 6335); the last one is left out. */
const DYNAMIC_PORTS = [49_152, 65_535] as const;

/** The live host against the policy. Writes nothing, but for the rules of a probe, and those it takes away. */
export const run: Run = async (args, terminal) => {
  const { name, compiled, diagnostics } = await loadPlan(args, terminal, 'this host');
  if (compiled === undefined) return printReport(args, terminal, invalidPolicy(name, diagnostics));
  const tools = await liveTools(args, terminal, executeHere);
  const said = [...diagnostics, ...(await checkHere(compiled.plan, tools))];
  if (said.some(isError)) return printReport(args, terminal, invalidPolicy(name, said));
  const execute = narratedIfAsked(args, terminal, executeHere);
  const hasMemory = compiled.plan.tracking === 'flow' || compiled.plan.inbound !== undefined;
  const running = hasMemory ? await tools.flows.read('decided') : undefined;
  const goal = goalOf(compiled, (await livingRuns()).isAlive);
  const signals = args.isSet('probe') ? holdSignals() : undefined;
  terminal.begin('verifying');
  try {
    const verify = (): ReturnType<typeof verifyHost> =>
      verifyHost(
        {
          plan: compiled.plan,
          // what running flows need of rules is no fault
          goal: {
            ours: compiled.ours,
            targetOn: (live) => flowChange(compiled, live, { running, goal }).settled,
          },
        },
        {
          tools,
          askPluto: () => askPluto(execute),
          readIpsecConf: () => readIpsecConf(),
          readBeside: () => holdingBeside(execute, tools.backend),
          send: (packets) => sendPackets({ mustRun: (command) => mustRun(execute, command) }, packets),
          freshPort: randomInt(...DYNAMIC_PORTS),
          isInterrupted: () => signals?.received() !== undefined,
        },
        args.isSet('probe') ? (args.value('probe') as 'drop' | 'send') : 'no probe',
      );
    const verification = await (args.isSet('probe') ? exclusively(args, verify) : verify());
    const report = await verifyReport({
      ...{ policy: name, backend: tools.backend, diagnostics: said },
      ...verification,
    });
    return printReport(args, terminal, report);
  } finally {
    signals?.release();
  }
};
