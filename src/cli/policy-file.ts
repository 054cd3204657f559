import { dirname, isAbsolute, join } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Compilation } from '../pipeline.ts';
import { compilePolicy, readParts } from '../pipeline.ts';
import type { Source } from '../diagnostics/source.ts';
import type { Accounts } from '../policy/accounts.ts';
import { assuming } from '../policy/accounts.ts';
import type { PolicyReading } from '../policy/parse.ts';
import type { PolicyPart } from '../policy/parts.ts';
import { tableNamedIn } from '../policy/parts.ts';
import { readYaml } from '../policy/yaml.ts';
import { hostAccounts } from '../system/accounts.ts';
import { layoutWish, tellLayout } from './layout-choice.ts';
import type { Arguments } from './options.ts';
import { UsageError } from './options.ts';
import { folderAt } from './policy-folder.ts';
import type { Stage } from './progress.ts';
import { loadSarefs } from './saref-source.ts';
import type { LoadedSource } from './source-file.ts';
import { loadSource } from './source-file.ts';
import { checkTrusted } from './trusted-file.ts';
import type { Terminal } from './terminal.ts';

export interface LoadedPolicy extends PolicyReading {
  /** As the user calls it. */
  readonly name: string;
  /** All that was read, where it could be. */
  readonly sources?: readonly Source[] | undefined;
}

export interface LoadedPlan extends Compilation {
  readonly name: string;
  readonly sources?: readonly Source[] | undefined;
}

interface LoadedFor extends LoadedPolicy {
  readonly target?: 'this host' | 'any host';
}

/** The one policy that the command line names. */
export async function loadPolicy(
  args: Arguments,
  terminal: Terminal,
  accounts: Accounts = hostAccounts,
): Promise<LoadedPolicy> {
  const [file, ...others] = args.positionals;
  if (file === undefined || others.length > 0) throw new UsageError('one policy file is needed');
  const listener: Listener = {
    begin: terminal.begin.bind(terminal),
    passOver(path) {
      if (args.isSet('verbose')) terminal.err(`${path}: not read, for its name\n`);
    },
    distrust: (path) => checkTrusted(path, args),
  };
  return loadPolicyFile(file, accounts, listener);
}

/** Who is told how the reading goes on. */
interface Listener {
  begin(stage: Stage): void;
  /** A file of a folder that is none of its policies. */
  passOver(path: string): void;
  /** What there is against a file that is about to be opened. */
  distrust(path: string): Promise<readonly Diagnostic[]>;
}

/** A file, all files of a folder that are policies, or `-`. What cannot be opened is a diagnostic (SM3007). */
export async function loadPolicyFile(
  file: string,
  accounts: Accounts = hostAccounts,
  listener?: Listener,
): Promise<LoadedPolicy> {
  listener?.begin('reading the policy');
  const folder = file === '-' ? undefined : await folderAt(file);
  folder?.ignored.forEach((name) => listener?.passOver(join(file, name)));
  const files = folder?.files ?? [file];
  const loaded: PartLoading[] = [];
  for (const one of files) loaded.push(await loadPart(one, listener));
  const parts = loaded.flatMap(({ part }) => part ?? []);
  const diagnostics = loaded.flatMap((one) => one.diagnostics);
  if (files.length === 0) diagnostics.push(noPolicyIn(file));
  const name = file === '-' ? '<stdin>' : file;
  listener?.begin('checking the policy');
  return diagnostics.length > 0
    ? { name, policy: undefined, diagnostics }
    : { name, sources: loaded.flatMap((one) => one.sources ?? []), ...readParts(parts, accounts) };
}

function noPolicyIn(folder: string): Diagnostic {
  return { code: 'SM1009', labels: [], detail: `${folder} has no file called *.yaml, *.yml or *.json.` };
}

interface PartLoading {
  readonly part: PolicyPart | undefined;
  readonly sources?: readonly Source[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A file and the table that it names, which is looked for next to it. */
async function loadPart(file: string, listener?: Listener): Promise<PartLoading> {
  const { source, diagnostics } = await loadTrusted(file, listener);
  if (source === undefined) return { part: undefined, diagnostics };
  const { document, diagnostics: problems } = readYaml(source);
  if (document === undefined) return { part: undefined, diagnostics: problems };
  const named = tableNamedIn(document);
  if (named === undefined || (file === '-' && !isAbsolute(named.value)))
    return { part: { document }, sources: [source], diagnostics: [] };
  const path = isAbsolute(named.value) ? named.value : join(dirname(file), named.value);
  const table = await loadTrusted(path, listener, 'csv');
  const label = { span: named.span, text: 'cannot be read' };
  return {
    part: { document, table: table.source },
    sources: [source, ...(table.source === undefined ? [] : [table.source])],
    diagnostics: table.diagnostics.map((one) => (one.labels.length > 0 ? one : { ...one, labels: [label] })),
  };
}

async function loadTrusted(
  file: string,
  listener: Listener | undefined,
  form: 'yaml' | 'csv' = 'yaml',
): Promise<LoadedSource> {
  const diagnostics = (await listener?.distrust(file)) ?? [];
  return diagnostics.length > 0 ? { source: undefined, diagnostics } : loadSource(file, form);
}

/** For who asks what a policy means, and not whose packets these are here. */
export function anyAccounts(): Accounts {
  return assuming(hostAccounts);
}

/** The policy with the SArefs that are in use, compiled; in the layout that suits a host, or for any one. */
export async function loadPlan(
  args: Arguments,
  terminal: Terminal,
  target: 'this host' | 'any host' = 'any host',
): Promise<LoadedPlan> {
  const plan = await planOf({ ...(await loadPolicy(args, terminal)), target }, args, terminal);
  if (plan.compiled !== undefined) tellLayout(plan.compiled.layout, terminal);
  return plan;
}

export async function planOf(loaded: LoadedFor, args: Arguments, terminal: Terminal): Promise<LoadedPlan> {
  const { name, sources, policy } = loaded;
  if (policy === undefined) return { name, sources, ...compilePolicy(loaded) };
  const { table, diagnostics } = await loadSarefs(args, terminal, policy.sarefs);
  terminal.begin('compiling');
  const known = { policy, diagnostics: [...loaded.diagnostics, ...diagnostics] };
  const layout = await layoutWish(args, policy, loaded.target === 'this host');
  return { name, sources, ...compilePolicy(known, table, layout) };
}
