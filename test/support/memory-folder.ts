import type { StateFolder } from '../../src/system/state-folder.ts';

/** A state folder in memory. */
export interface MemoryFolder extends StateFolder {
  /** File by file, as they are now. */
  readonly files: Map<string, string>;
  /** From now on nothing can be written. */
  fill(error: Error): void;
}

export function memoryFolder(): MemoryFolder {
  const files = new Map<string, string>();
  let full: Error | undefined;
  return {
    path: '/memory',
    files,
    fill(error) {
      full = error;
    },
    read: (name) => files.get(name),
    write(name, text) {
      if (full !== undefined) throw full;
      files.set(name, text);
    },
    move(from, to) {
      files.set(to, files.get(from) ?? '');
      files.delete(from);
    },
    remove(name) {
      files.delete(name);
    },
    list: (folder) =>
      [...files.keys()]
        .filter((name) => name.startsWith(`${folder}/`))
        .map((name) => name.slice(folder.length + 1))
        .toSorted(),
  };
}
