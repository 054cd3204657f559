import { readdir, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

/** One file of pluto's configuration, whole. */
interface ConfFile {
  readonly name: string;
  readonly text: string;
}

export type ConfAnswer =
  | { readonly kind: 'files'; readonly files: readonly ConfFile[] }
  | { readonly kind: 'absent'; readonly name: string }
  | { readonly kind: 'unreadable'; readonly name: string; readonly why: string };

const IPSEC_CONF = '/etc/ipsec.conf';

/** ipsec.conf and what it includes, in the order of reading, each file once. */
export async function readIpsecConf(name = IPSEC_CONF): Promise<ConfAnswer> {
  const files: ConfFile[] = [];
  const waiting = [name];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const file = next;
    if (files.some((known) => known.name === file)) continue;
    try {
      const text = await readFile(file, 'utf8');
      files.push({ name: file, text });
      waiting.push(...(await includedBy(text, dirname(file))));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      // an include of what is not there is passed over by ipsec, too
      if (code !== 'ENOENT') return { kind: 'unreadable', name: file, why: message };
      if (file === name) return { kind: 'absent', name };
    }
  }
  return { kind: 'files', files };
}

/** `include FILE`: relative to the file that says it, with * and ? in its last part. */
async function includedBy(text: string, folder: string): Promise<string[]> {
  const patterns = [...text.matchAll(/^include[ \t]+"?([^\s"#]+)/gm)].map(([, path = '']) =>
    isAbsolute(path) ? path : join(folder, path),
  );
  return (await Promise.all(patterns.map(filesLike))).flat();
}

async function filesLike(pattern: string): Promise<string[]> {
  if (!/[*?]/.test(pattern)) return [pattern];
  const folder = dirname(pattern);
  const form = pattern
    .slice(folder.length + 1)
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => new RegExp(`^${form}$`).test(name))
      .toSorted()
      .map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
