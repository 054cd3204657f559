import type { RuleContext } from '../../src/iptables/compare.ts';
import type { BackendName } from '../../src/system/backend.ts';
import type { Namespace } from '../../src/system/namespace.ts';

/** A chain of one table of one back end. */
export interface Place extends RuleContext {
  readonly backend: BackendName;
  readonly chain: string;
}

/** Rules as the kernel has them: the dump of the table, and the text of each rule of the chain. */
export type Stored =
  | { readonly kind: 'stored'; readonly dump: string; readonly texts: readonly string[] }
  | { readonly kind: 'refused'; readonly stderr: string };

export function toolsOf(
  backend: BackendName,
  family: RuleContext['family'],
): { readonly save: string; readonly restore: string } {
  const name = `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend === 'legacy' ? 'legacy' : 'nft'}`;
  return { save: `${name}-save`, restore: `${name}-restore` };
}

/** Makes the rules all that the table holds, beside chains to jump to, and saves it. */
export async function storeRules(
  namespace: Namespace,
  { backend, family, table, chain }: Place,
  { rules, chains = [] }: { readonly rules: readonly string[]; readonly chains?: readonly string[] },
): Promise<Stored> {
  const { save, restore } = toolsOf(backend, family);
  const head = [`*${table}`, ...chains.map((name) => `:${name} - [0:0]`)];
  const lines = [...head, ...rules.map((rule) => `-A ${chain} ${rule}`), 'COMMIT', ''];
  const { exitCode, stderr } = await namespace.execute({ argv: [restore], stdin: lines.join('\n') });
  if (exitCode !== 0) return { kind: 'refused', stderr };
  const dump = await namespace.mustRun({ argv: [save, '-t', table] });
  const command = `-A ${chain}`;
  const texts = dump
    .split('\n')
    .filter((line) => line === command || line.startsWith(`${command} `))
    .map((line) => line.slice(command.length + 1));
  return { kind: 'stored', dump, texts };
}

/** Rules that the kernel does not take by themselves, with what is said about them. */
export async function findRefused(
  namespace: Namespace,
  place: Place,
  batch: { readonly rules: readonly string[]; readonly chains?: readonly string[] },
): Promise<readonly string[]> {
  const stored = await storeRules(namespace, place, batch);
  if (stored.kind === 'stored') return [];
  const { rules } = batch;
  const middle = Math.floor(rules.length / 2);
  if (middle === 0) return rules.map((rule) => `${rule}: ${stored.stderr}`);
  const halves = [rules.slice(0, middle), rules.slice(middle)];
  const refused: string[] = [];
  for (const half of halves)
    refused.push(...(await findRefused(namespace, place, { ...batch, rules: half })));
  return refused;
}
