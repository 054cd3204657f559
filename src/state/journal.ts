import type { Coming, Ledger } from '../apply/ledger.ts';
import { simulate } from '../delta/simulate.ts';
import type { HostState } from '../host/state.ts';
import { isOurChain } from '../host/own-chains.ts';
import { TABLE_NAMES } from '../host/state.ts';
import type { StateFolder } from '../system/state-folder.ts';
import type { Change, Occasion } from './change.ts';
import { parseChange, printChange } from './change.ts';
import { fingerprintOf } from './fingerprint.ts';
import { ourPartOf } from './our-part.ts';
import { saveHost } from './saved-host.ts';

const JOURNAL = 'journal.json';
const HISTORY = 'history';

/** So many changes can be looked at and taken back. */
export const MOST_KEPT = 50;

/** A change that is written down before it is made, again for each attempt at it. */
export interface Journal extends Ledger {
  /** It is done: from now on it is history. */
  keep(): void;
  /** The host is as it was before. */
  drop(): void;
}

export function openJournal(folder: StateFolder, occasion: Occasion): Journal {
  let written: Unprinted | undefined;
  return {
    async note(coming) {
      written = written === undefined ? begun(occasion, coming) : goingOn(written, coming);
      await writeJournal(folder, written);
    },
    keep() {
      if (written !== undefined) keepJournal(folder);
    },
    drop() {
      if (written !== undefined) folder.remove(JOURNAL);
    },
  };
}

/** For taking back what the journal tells of: what there was before stays what it was. */
export function resumeJournal(folder: StateFolder, change: Change): Ledger {
  let written: Unprinted = change;
  return {
    async note(coming) {
      written = goingOn(written, coming);
      await writeJournal(folder, written);
    },
  };
}

type Unprinted = Omit<Change, 'version'>;

function writeJournal(folder: StateFolder, change: Unprinted): Promise<void> {
  folder.write(JOURNAL, printChange(change));
  return Promise.resolve();
}

function begun(occasion: Occasion, coming: Coming): Unprinted {
  const { ours, live } = coming;
  const [ourPart, before] = [saveHost(ours), saveHost(ourPartOf(live, ours))];
  return goingOn(
    { ...occasion, ours: ourPart, before, after: before, stages: [], steps: [], rules: 0 },
    coming,
  );
}

function goingOn(change: Unprinted, { ours, live, steps }: Coming): Unprinted {
  const states = [live];
  for (const step of steps) states.push(simulate(states.at(-1) as HostState, [step]));
  const last = states.at(-1) as HostState;
  const stages = states.map((state) => fingerprintOf(state, ours));
  return {
    ...change,
    after: saveHost(ourPartOf(last, ours)),
    stages: [...new Set([...change.stages, ...stages])],
    steps: [...change.steps, ...steps],
    rules: rulesOfOurs(last),
  };
}

function rulesOfOurs({ tables }: HostState): number {
  const chains = TABLE_NAMES.flatMap((name) => [...tables[name].chains]);
  return chains.reduce((sum, [name, { rules }]) => sum + (isOurChain(name) ? rules.length : 0), 0);
}

/** A change that was begun and not ended; damaged where it cannot be read. */
export function findJournal(folder: StateFolder): Change | 'damaged' | undefined {
  return folder.read(JOURNAL) === undefined ? undefined : (readChange(folder, JOURNAL) ?? 'damaged');
}

/** The change of the journal becomes the last one of history, and the oldest of too many goes. */
export function keepJournal(folder: StateFolder): void {
  const names = folder.list(HISTORY);
  const next = Number.parseInt(names.at(-1) ?? '0', 10) + 1;
  folder.move(JOURNAL, `${HISTORY}/${String(next).padStart(8, '0')}.json`);
  for (const name of names.slice(0, Math.max(0, names.length + 1 - MOST_KEPT)))
    folder.remove(`${HISTORY}/${name}`);
}

export function dropJournal(folder: StateFolder): void {
  folder.remove(JOURNAL);
}

/** Those that can be read, the last one first. */
export function historyIn(folder: StateFolder): Change[] {
  return folder
    .list(HISTORY)
    .toReversed()
    .flatMap((name) => readChange(folder, `${HISTORY}/${name}`) ?? []);
}

/** The last change that is done. */
export function lastChange(folder: StateFolder): Change | undefined {
  const name = folder.list(HISTORY).at(-1);
  return name === undefined ? undefined : readChange(folder, `${HISTORY}/${name}`);
}

function readChange(folder: StateFolder, name: string): Change | undefined {
  const text = folder.read(name);
  return text === undefined ? undefined : parseChange(text);
}
