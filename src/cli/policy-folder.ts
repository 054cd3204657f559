import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface PolicyFolder {
  /** Paths of its policies, in the order of their names. */
  readonly files: readonly string[];
  /** Names of what is passed over. */
  readonly ignored: readonly string[];
}

/** Undefined for what is no folder, or is not there. */
export async function folderAt(path: string): Promise<PolicyFolder | undefined> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory() !== true) return undefined;
  const names = (await readdir(path)).sort();
  return {
    files: names.filter(isPolicy).map((name) => join(path, name)),
    ignored: names.filter((name) => !isPolicy(name)),
  };
}

/**
 * Neither hidden, as editors make their own files, nor with anything behind the ending, as editors and
 * packages name what they keep of an older one (site.yaml~, site.yaml.bak, .dpkg-old, .rpmsave).
 */
function isPolicy(name: string): boolean {
  return /^[^.].*\.(?:yaml|yml|json)$/.test(name);
}
