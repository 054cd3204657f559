import type { Compilation } from '../pipeline.ts';
import { compilePolicy, readPolicy } from '../pipeline.ts';
import type { Accounts } from '../policy/accounts.ts';
import { assuming } from '../policy/accounts.ts';
import type { PolicyReading } from '../policy/parse.ts';
import { hostAccounts } from '../system/accounts.ts';
import type { Arguments } from './options.ts';
import { UsageError } from './options.ts';
import { loadSarefs } from './saref-source.ts';
import { loadSource } from './source-file.ts';
import type { Terminal } from './terminal.ts';

export interface LoadedPolicy extends PolicyReading {
  /** As the user calls it. */
  readonly name: string;
}

export interface LoadedPlan extends Compilation {
  readonly name: string;
}

/** The one policy that the command line names. */
export async function loadPolicy(
  { positionals }: Arguments,
  accounts: Accounts = hostAccounts,
): Promise<LoadedPolicy> {
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError('one policy file is needed');
  return loadPolicyFile(file, accounts);
}

/** A file that cannot be opened is a diagnostic (SM3007). */
export async function loadPolicyFile(file: string, accounts: Accounts = hostAccounts): Promise<LoadedPolicy> {
  const { source, diagnostics } = await loadSource(file);
  return source === undefined
    ? { name: file, policy: undefined, diagnostics }
    : { name: source.name, ...readPolicy(source, accounts) };
}

/** For who asks what a policy means, and not whose packets these are here. */
export function anyAccounts(): Accounts {
  return assuming(hostAccounts);
}

/** The policy with the SArefs that are in use, compiled. */
export async function loadPlan(args: Arguments, terminal: Terminal): Promise<LoadedPlan> {
  return planOf(await loadPolicy(args), args, terminal);
}

export async function planOf(loaded: LoadedPolicy, args: Arguments, terminal: Terminal): Promise<LoadedPlan> {
  const { name, policy } = loaded;
  if (policy === undefined) return { name, ...compilePolicy(loaded) };
  const { table, diagnostics } = await loadSarefs(args, terminal, policy.sarefs);
  return { name, ...compilePolicy({ policy, diagnostics: [...loaded.diagnostics, ...diagnostics] }, table) };
}
