import type { Applied } from '../apply/apply.ts';
import { isDone } from '../apply/apply.ts';
import type { Ledger } from '../apply/ledger.ts';
import { readHost } from '../apply/read-host.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { HostState } from '../host/state.ts';
import type { HostTools } from '../system/host-tools.ts';
import type { StateFolder } from '../system/state-folder.ts';
import type { Change } from './change.ts';
import { progressOf } from './interrupted.ts';
import { dropJournal, findJournal, keepJournal, resumeJournal } from './journal.ts';
import { loadHost } from './saved-host.ts';

/** What became of a change that was begun and not ended. */
export type Recovered =
  | { readonly kind: 'nothing' }
  /** It had not written yet. */
  | { readonly kind: 'old'; readonly change: Change }
  /** new: it had written everything, and what was left is for running flows. between: it was taken back. */
  | { readonly kind: 'new' | 'between'; readonly change: Change; readonly applied: Applied }
  /** Others have written since: the host is as they have left it. damaged: nobody knows what it was. */
  | { readonly kind: 'other'; readonly change: Change }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'unread'; readonly change: Change; readonly diagnostics: readonly Diagnostic[] };

export interface RecoverPorts {
  readonly tools: HostTools;
  /** Brings the host to a state of ours, and its running flows with it. */
  readonly goBack: (state: HostState, ours: HostState, ledger: Ledger) => Promise<Applied>;
}

/** Ends the change that the journal tells of, one way or the other. */
export async function recoverHost(folder: StateFolder, ports: RecoverPorts): Promise<Recovered> {
  const change = findJournal(folder);
  if (change === undefined) return { kind: 'nothing' };
  const ours = change === 'damaged' ? undefined : loadHost(change.ours);
  if (change === 'damaged' || ours === undefined) {
    dropJournal(folder);
    return { kind: 'damaged' };
  }
  const { state: live, diagnostics } = await readHost(ports.tools, ours);
  if (live === undefined) return { kind: 'unread', change, diagnostics };
  const isElsewhere = change.backend !== ports.tools.backend.name;
  const progress = isElsewhere ? 'other' : progressOf(change, live);
  if (progress === 'between') return undoChange(folder, change, ports);
  if (progress === 'new') return finishChange(folder, change, ports);
  dropJournal(folder);
  return { kind: progress, change };
}

/** All rules stand; flows may have to follow, and rules that were there for them alone to go. */
async function finishChange(
  folder: StateFolder,
  change: Change,
  { goBack }: RecoverPorts,
): Promise<Recovered> {
  const [after, ours] = [change.after, change.ours].map(loadHost) as [HostState, HostState];
  const applied = await goBack(after, ours, resumeJournal(folder, change));
  if (applied.kind !== 'not undone') keepJournal(folder);
  return { kind: 'new', change, applied };
}

/** Written down as it goes: it may be interrupted, too. */
async function undoChange(folder: StateFolder, change: Change, { goBack }: RecoverPorts): Promise<Recovered> {
  const [before, ours] = [change.before, change.ours].map(loadHost) as [HostState, HostState];
  const applied = await goBack(before, ours, resumeJournal(folder, change));
  if (isDone(applied)) dropJournal(folder);
  return { kind: 'between', change, applied };
}
