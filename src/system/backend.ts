import { CommandFailed } from './classify.ts';
import type { Execute } from './execute.ts';

export type BackendName = 'legacy' | 'nf_tables';

/** The tools of one back end. */
export interface Backend {
  readonly name: BackendName;
  /** As `iptables -V` says it, say `iptables v1.8.9 (nf_tables)`. */
  readonly version: string;
  readonly save: string;
  readonly restore: string;
}

const INFIX: Readonly<Record<BackendName | 'auto', string>> = {
  legacy: '-legacy',
  nf_tables: '-nft',
  auto: '',
};

/** The tools of a back end by its own name; `auto` is what the host calls iptables. */
export function backendTools(name: BackendName | 'auto'): Pick<Backend, 'save' | 'restore'> {
  return { save: `iptables${INFIX[name]}-save`, restore: `iptables${INFIX[name]}-restore` };
}

/**
 * `auto` takes what the host calls iptables. A back end by name is looked for under its own name first,
 * and then as the host's iptables.
 *
 * @throws CommandFailed where there is no such back end
 */
export async function findBackend(execute: Execute, wanted: BackendName | 'auto'): Promise<Backend> {
  if (wanted !== 'auto') {
    const named = await askVersion(execute, wanted);
    if (named.backend?.name === wanted) return named.backend;
  }
  const plain = await askVersion(execute, 'auto');
  if (plain.backend !== undefined && (wanted === 'auto' || plain.backend.name === wanted))
    return plain.backend;
  throw plain.failure;
}

async function askVersion(
  execute: Execute,
  name: BackendName | 'auto',
): Promise<{ readonly backend: Backend | undefined; readonly failure: CommandFailed }> {
  const command = { argv: [`iptables${INFIX[name]}`, '-V'] } as const;
  const outcome = await execute(command);
  // no bracket: a version before 1.8, which knows legacy only
  const [version, bracket = 'legacy'] = /^\S+ v\S+(?: \((\w+)\))?/.exec(outcome.stdout) ?? [];
  const isKnown = outcome.exitCode === 0 && (bracket === 'legacy' || bracket === 'nf_tables');
  return {
    backend: isKnown && version !== undefined ? { name: bracket, version, ...backendTools(name) } : undefined,
    failure: new CommandFailed(command, outcome),
  };
}
