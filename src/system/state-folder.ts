import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** A folder that only we look into. Names are of files in it, or in a folder of it. */
export interface StateFolder {
  readonly path: string;
  /** Undefined where there is no such file. */
  read(name: string): string | undefined;
  /** All of it or nothing, and there to stay, when this returns. */
  write(name: string, text: string): void;
  move(from: string, to: string): void;
  remove(name: string): void;
  /** Sorted; none where there is no such folder. */
  list(folder: string): string[];
}

/** Something on the disk is not as it has to be. */
export class StateUnusable extends Error {
  readonly path: string;
  readonly help: string | undefined;

  constructor(path: string, why: string, help?: string) {
    super(why);
    this.path = path;
    this.help = help;
  }
}

/** It is for somebody with more rights. */
export class StateForbidden extends StateUnusable {}

/**
 * @param root made where it is not there; of root or of the caller, and closed to everybody else
 * @param name of the folder in it
 * @throws StateUnusable, as each of the folder's functions does
 */
export function openStateFolder(root: string, name: string): StateFolder {
  const path = join(resolve(root), name);
  return guarded(path, () => {
    checkWay(dirname(resolve(root)));
    for (const folder of [resolve(root), path]) makePrivate(folder);
    return folderAt(path);
  });
}

/** The same for who only reads: undefined where there is none. */
export function findStateFolder(root: string, name: string): StateFolder | undefined {
  const path = join(resolve(root), name);
  return guarded(path, () => {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    for (const folder of [resolve(root), path]) checkPrivate(folder);
    return folderAt(path);
  });
}

function folderAt(path: string): StateFolder {
  const at = (name: string): string => join(path, name);
  const use = <T>(name: string, work: (file: string) => T): T => guarded(at(name), () => work(at(name)));
  return {
    path,
    read: (name) => use(name, readPrivate),
    write(name, text) {
      use(name, (file) => {
        makePrivate(dirname(file));
        writeDurably(file, text);
      });
    },
    move(from, to) {
      use(to, (file) => {
        makePrivate(dirname(file));
        renameSync(at(from), file);
        for (const folder of new Set([dirname(at(from)), dirname(file)])) syncFolder(folder);
      });
    },
    remove(name) {
      use(name, (file) => {
        rmSync(file, { force: true });
        syncFolder(dirname(file));
      });
    },
    list: (folder) =>
      use(folder, (file) =>
        lstatSync(file, { throwIfNoEntry: false }) === undefined
          ? []
          : readdirSync(file)
              .filter((name) => !name.startsWith('.'))
              .toSorted(),
      ),
  };
}

/** What the operating system says becomes one kind of error, with the path that it is about. */
function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof StateUnusable || code === undefined) throw error;
    throw code === 'EACCES' || code === 'EPERM'
      ? new StateForbidden(path, message)
      : new StateUnusable(path, message);
  }
}

function readPrivate(file: string): string | undefined {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  const fd = openSync(file, constants.O_NOFOLLOW);
  try {
    const { uid } = fstatSync(fd);
    if (!isTrusted(uid)) throw new StateUnusable(file, `it belongs to user ${String(uid)}`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** A reader sees the old file or the new one, after a power cut, too. */
function writeDurably(file: string, text: string): void {
  const draft = join(dirname(file), `.${basename(file)}`);
  rmSync(draft, { force: true });
  const fd = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, file);
  syncFolder(dirname(file));
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function makePrivate(folder: string): void {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) {
    mkdirSync(folder, { mode: 0o700 });
    syncFolder(dirname(folder));
  }
  checkPrivate(folder);
}

function checkPrivate(folder: string): void {
  const facts = lstatSync(folder);
  if (facts.isSymbolicLink()) throw new StateUnusable(folder, 'it is a symbolic link, which is not followed');
  if (!facts.isDirectory()) throw new StateUnusable(folder, 'it is no folder');
  if (!isTrusted(facts.uid))
    throw new StateUnusable(folder, `it belongs to user ${String(facts.uid)}`, `chown root ${folder}`);
  if (!permissionsOf(facts).endsWith('00'))
    throw new StateUnusable(folder, 'others may look into it', `chmod 700 ${folder}`);
}

/** The last four digits of `stat -c %a`: special bits, owner, group, others. */
function permissionsOf({ mode }: { readonly mode: number }): string {
  return mode.toString(8).slice(-4);
}

const WRITABLE_BY_OTHERS = /[2367].$|[2367]$/;
const STICKY = /^[1357]/;

/** Whoever may rename a folder on the way could put another one in its place. */
function checkWay(folder: string): void {
  const facts = statSync(folder);
  const permissions = permissionsOf(facts);
  const isOpen = WRITABLE_BY_OTHERS.test(permissions) && !STICKY.test(permissions);
  if (isOpen) throw new StateUnusable(folder, 'others may write into it', `chmod go-w ${folder}`);
  if (!isTrusted(facts.uid)) throw new StateUnusable(folder, `it belongs to user ${String(facts.uid)}`);
  if (folder !== dirname(folder)) checkWay(dirname(folder));
}

/** Whom root is in a user namespace without it. */
const UNMAPPED = 65_534;

function isTrusted(uid: number): boolean {
  if (uid === 0 || uid === process.geteuid?.()) return true;
  const isWholeWorld = /^\s*0\s+0\s+4294967295$/m.test(readFileSync('/proc/self/uid_map', 'utf8'));
  return uid === UNMAPPED && !isWholeWorld;
}
