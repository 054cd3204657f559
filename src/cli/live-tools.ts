import { basename } from 'node:path';
import { FOLDER } from '../exec/exec.ts';
import type { BackendName } from '../system/backend.ts';
import { backendInUse } from '../system/backend-in-use.ts';
import { NoCgroups, openCgroups } from '../system/cgroups.ts';
import type { Execute } from '../system/execute.ts';
import { narrated } from '../system/execute.ts';
import type { HostTools } from '../system/host-tools.ts';
import { hostTools } from '../system/host-tools.ts';
import { placeHere } from '../system/occasion.ts';
import type { Arguments } from './options.ts';
import { UsageError } from './options.ts';
import type { Terminal } from './terminal.ts';

const DEFAULT_WAIT = '10';

/** The same with the back end that was in use when what is known was written, where none is asked for. */
export function withBackend(args: Arguments, known: string | undefined): Arguments {
  if (known === undefined || args.value('backend') !== 'auto') return args;
  return { ...args, value: (name) => (name === 'backend' ? known : args.value(name)) };
}

/** The tools of a host as the command line wants them: which back end, how patient, how talkative. */
export async function liveTools(args: Arguments, terminal: Terminal, execute: Execute): Promise<HostTools> {
  const waitSeconds = waitIn(args);
  const told = narratedIfAsked(args, terminal, execute);
  terminal.begin('reading this host');
  const backend = await backendInUse(told, args.value('backend') as BackendName | 'auto');
  return hostTools(told, { backend, waitSeconds });
}

/** How long to wait for a lock, of the tables or of ours. */
export function waitIn(args: Arguments): number {
  const wait = args.value('wait') || DEFAULT_WAIT;
  if (!/^[0-9]{1,5}$/.test(wait)) throw new UsageError(`--wait takes whole seconds, not '${wait}'`);
  return Number(wait);
}

/** The programs of `exec` that the rules of this host speak of. */
export interface Runs {
  /** Whether anybody is in the cgroup of one; it is remembered of whom that was asked. */
  readonly isAlive: (path: string) => boolean;
  /** Takes away the cgroups of those that have ended, or were killed before they began, once no rule asks for them. */
  readonly sweep: () => Promise<void>;
}

/** Cgroups know nothing of network namespaces: rules of another one may ask for theirs. */
export function runPrefix(): string {
  return `exec-${placeHere().netns}-`;
}

/** Where there are no cgroups of version 2, no program of `exec` runs. */
export async function livingRuns(): Promise<Runs> {
  try {
    const cgroups = await openCgroups();
    const asked = new Set<string>();
    return {
      isAlive(path) {
        asked.add(path);
        return cgroups.isPopulated(path);
      },
      async sweep() {
        const own = cgroups.list(FOLDER).filter((path) => basename(path).startsWith(runPrefix()));
        for (const path of new Set([...asked, ...own]))
          if (!cgroups.isPopulated(path)) await cgroups.remove(path);
      },
    };
  } catch (error) {
    if (error instanceof NoCgroups) return { isAlive: () => false, sweep: () => Promise.resolve() };
    throw error;
  }
}

/** With --verbose each command is shown as it is run. */
export function narratedIfAsked(args: Arguments, terminal: Terminal, execute: Execute): Execute {
  return args.isSet('verbose')
    ? narrated(execute, (text) => {
        terminal.err(`+ ${text}`);
      })
    : execute;
}
