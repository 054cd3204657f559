import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** Held until it is given back, or until the process that took it and all commands that it ran have ended. */
export interface Lock {
  release(): Promise<void>;
}

export interface Holder {
  readonly pid: number;
  readonly uid: number;
  /** As it was started, with blanks between its words. */
  readonly command: string;
}

/** Somebody else has the lock, and still had it when the waiting was over. */
export class LockTaken extends Error {
  /** Undefined where it cannot be seen from here. */
  readonly holder: Holder | undefined;

  constructor(holder: Holder | undefined) {
    super('another process has the lock');
    this.holder = holder;
  }
}

/**
 * An abstract Unix socket (man 7 unix): its name belongs to the network namespace, as the tables do, and
 * the kernel takes it away when its process ends. Any user may have it first, so the holder is looked up.
 */
const NAME = 'saref-mark';

/** As long as such a name can be: Node 20 fills it with NULs, later versions do not. */
const ADDRESS = `\0${NAME}`.padEnd(108, '\0');

const PAUSE_MS = 50;

let held: Server | undefined;

/**
 * What a command gets as a descriptor of its own, while the lock is held: who was killed may have left one that
 * is about to write, as when it waits for the lock of the tables. Who comes next waits until that has ended.
 */
export function heldDescriptors(): readonly number[] {
  // libuv has it, and Node has no name for it
  const { fd = -1 } = (held as { readonly _handle?: { readonly fd: number } } | undefined)?._handle ?? {};
  return fd < 0 ? [] : [fd];
}

/**
 * Keeps other writers of ours out of this network namespace.
 *
 * @param waitSeconds how long to wait for it; 0 asks once
 * @throws LockTaken
 */
export async function takeLock(waitSeconds: number): Promise<Lock> {
  const end = performance.now() + waitSeconds * 1000;
  for (;;) {
    const server = await listen();
    if (server !== undefined) {
      held = server;
      return { release: () => close(server) };
    }
    if (performance.now() >= end) throw new LockTaken(findHolder());
    await setTimeout(PAUSE_MS);
  }
}

async function listen(): Promise<Server | undefined> {
  // nobody has a reason to talk to it
  const server = createServer((socket) => socket.destroy());
  try {
    await once(server.listen({ path: ADDRESS }), 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return undefined;
  }
}

async function close(server: Server): Promise<void> {
  held = undefined;
  server.close();
  await once(server, 'close');
}

/** Who has the socket open, of the processes that can be seen. */
function findHolder(): Holder | undefined {
  const inode = inodeIn(readFileSync('/proc/self/net/unix', 'utf8'));
  if (inode === undefined) return undefined;
  const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  const pid = pids.find((one) => hasOpen(one, `socket:[${inode}]`));
  return pid === undefined ? undefined : holderOf(pid);
}

/** `Num RefCount Protocol Flags Type St Inode Path`: of a stream that listens, by its name. */
function inodeIn(table: string): string | undefined {
  const form = new RegExp(`^\\S+ \\S+ \\S+ 00010000 0001 \\S+ +([0-9]+) @${NAME}@*$`, 'm');
  return form.exec(table)?.[1];
}

function hasOpen(pid: string, link: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return orUndefined(() => readdirSync(folder).some((fd) => isLink(`${folder}/${fd}`, link))) ?? false;
}

function isLink(path: string, link: string): boolean {
  return orUndefined(() => readlinkSync(path)) === link;
}

export function holderOf(pid: string): Holder | undefined {
  return orUndefined(() => {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').join(' ').trim();
    return { pid: Number(pid), uid: statSync(`/proc/${pid}`).uid, command };
  });
}

/** A process may end while it is looked at, and not every one may be looked at. */
export function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
