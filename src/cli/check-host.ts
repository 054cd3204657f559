import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Compiled } from '../pipeline.ts';
import { goalOf } from '../pipeline.ts';
import { holdingBeside } from '../system/backend-in-use.ts';
import { executeHere } from '../system/execute.ts';
import { readIpsecConf } from '../system/ipsec-conf.ts';
import { askPluto } from '../system/pluto.ts';
import { checkBefore } from '../verify/before.ts';
import type { Check } from '../verify/check.ts';
import { liveTools, livingRuns, narratedIfAsked } from './live-tools.ts';
import type { Arguments } from './options.ts';
import { checkHere } from './policy-here.ts';
import type { Terminal } from './terminal.ts';
import { checkWayIn } from './way-in-here.ts';

export interface HostChecked {
  readonly checks: readonly Check[];
  /** Of the policy on this host; those of the checks are not among them. */
  readonly diagnostics: readonly Diagnostic[];
}

/** This host before a policy is applied: it is read, and nothing else. */
export async function checkHost(
  args: Arguments,
  terminal: Terminal,
  compiled: Compiled,
): Promise<HostChecked> {
  const tools = await liveTools(args, terminal, executeHere);
  const { plan } = compiled;
  const diagnostics = [...(await checkHere(plan, tools)), ...(await checkWayIn(plan, tools))];
  const execute = narratedIfAsked(args, terminal, executeHere);
  terminal.begin('verifying');
  const goal = goalOf(compiled, (await livingRuns()).isAlive);
  const ports = {
    tools,
    askPluto: () => askPluto(execute),
    readIpsecConf: () => readIpsecConf(),
    readBeside: () => holdingBeside(execute, tools.backend),
  };
  return { checks: await checkBefore({ plan, goal }, ports), diagnostics };
}
