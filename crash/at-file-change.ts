/**
 * For `node --import`: at the Nth change of a file, the program that is started so is killed in front of it (of
 * one that writes text: with half of it), or is told that the disk is full (ENOSPC, which does not keep it from
 * taking files away) or read-only (EROFS), then and from then on.
 * As killing-path.ts does for commands. AT_FILE_CHANGE says which, and in what file each adds a byte.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [kind = '', n = '0', count = ''] = (process.env['AT_FILE_CHANGE'] ?? '').split(' ');

const { openSync, writeFileSync, writeSync } = fs;
const counter = openSync(count, 'a');
let changes = 0;

interface What {
  /** What is done of it when it is cut. */
  readonly half?: () => void;
  /** Whether it takes no room on the disk. */
  readonly isSmall?: boolean;
}

function changing({ half = () => undefined, isSmall = false }: What = {}): void {
  changes += 1;
  writeSync(counter, 'x');
  if (Number(n) === 0 || changes < Number(n) || (isSmall && kind === 'ENOSPC')) return;
  if (kind !== 'kill') throw Object.assign(new Error(`${kind}: as if the disk were so`), { code: kind });
  half();
  process.kill(process.pid, 'SIGKILL');
}

function guarded<Args extends unknown[], Result>(
  change: (...args: Args) => Result,
  what?: What,
): (...args: Args) => Result {
  return (...args) => {
    changing(what);
    return change(...args);
  };
}

Object.assign(fs, {
  mkdirSync: guarded(fs.mkdirSync),
  renameSync: guarded(fs.renameSync, { isSmall: true }),
  rmSync: guarded(fs.rmSync, { isSmall: true }),
  openSync(path: string, flags: string | number, mode?: number) {
    if (flags === 'wx') changing();
    return openSync(path, flags, mode);
  },
  writeFileSync(fd: number, text: string) {
    changing({ half: () => writeSync(fd, text.slice(0, text.length / 2)) });
    writeFileSync(fd, text);
  },
});
Object.assign(fs.promises, {
  mkdir: guarded(fs.promises.mkdir),
  writeFile: guarded(fs.promises.writeFile),
  rmdir: guarded(fs.promises.rmdir, { isSmall: true }),
});
syncBuiltinESMExports();
