import type { Backend, BackendName } from './backend.ts';
import { findBackend } from './backend.ts';
import type { Execute } from './execute.ts';

/** How many rules a back end holds in each of its tables. */
export interface Holding {
  readonly backend: Backend;
  /** A table that iptables cannot print, for nft has been at work there, counts as one rule. */
  readonly rulesPerTable: ReadonlyMap<string, number>;
  readonly hasOurs: boolean;
}

/** Both back ends hold rules, and packets pass the rules of both: nobody but the operator can know which to use. */
export class BackendAmbiguous extends Error {
  readonly holdings: readonly Holding[];

  constructor(holdings: readonly Holding[]) {
    super('both back ends hold rules');
    this.holdings = holdings;
  }
}

/** Our chains are in the back end that was not asked for: in both of them, the marks of one would overrule the other's. */
export class OursElsewhere extends Error {
  readonly holding: Holding;

  constructor(holding: Holding) {
    super('our rules are in the other back end');
    this.holding = holding;
  }
}

/**
 * `auto` takes the back end that holds rules, and what the host calls iptables where none does.
 *
 * @throws BackendAmbiguous, OursElsewhere; CommandFailed where there is no such back end
 */
export async function backendInUse(execute: Execute, wanted: BackendName | 'auto'): Promise<Backend> {
  const usual = await findBackend(execute, wanted);
  const other = await otherThan(execute, usual);
  if (other === undefined) return usual;
  const theirs = await holdingOf(execute, other);
  if (wanted !== 'auto') {
    if (theirs.hasOurs) throw new OursElsewhere(theirs);
    return usual;
  }
  if (theirs.rulesPerTable.size === 0) return usual;
  const its = await holdingOf(execute, usual);
  if (its.rulesPerTable.size > 0) throw new BackendAmbiguous([its, theirs]);
  return other;
}

/** The back end that is not in use, if it holds rules. */
export async function holdingBeside(execute: Execute, backend: Backend): Promise<Holding | undefined> {
  const other = await otherThan(execute, backend);
  const holding = other && (await holdingOf(execute, other));
  return holding !== undefined && holding.rulesPerTable.size > 0 ? holding : undefined;
}

/** The back end that is not this one; undefined where the host has none. */
export async function otherThan(execute: Execute, { name }: Backend): Promise<Backend | undefined> {
  try {
    return await findBackend(execute, name === 'legacy' ? 'nf_tables' : 'legacy');
  } catch {
    return undefined;
  }
}

/** Without `-t`: to ask the legacy one for a table makes that table. */
async function holdingOf(execute: Execute, backend: Backend): Promise<Holding> {
  // exits 3 for rules that it cannot print; what a kernel lacks, or who is not root may not see, holds none
  const { stdout } = await execute({ argv: [backend.save] });
  const rulesPerTable = new Map<string, number>();
  let table = '';
  for (const line of stdout.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const [, unread] = /^# Table `(\S+)' is incompatible/.exec(line) ?? [];
    const place = unread ?? (line.startsWith('-A ') ? table : undefined);
    if (place !== undefined) rulesPerTable.set(place, (rulesPerTable.get(place) ?? 0) + 1);
  }
  return { backend, rulesPerTable, hasOurs: /^:SAREF-/m.test(stdout) };
}
