import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';

export interface LoadedSource {
  readonly source: Source | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Far more than 32,767 entries take, each with its comment: whatever is larger is another file. */
const MOST_MEGABYTES = 16;

/** `bytes` are those of iptables, one character each. */
type Form = 'yaml' | 'csv' | 'bytes';

/**
 * The text of a file, or of stdin for `-`. A file that cannot be opened (SM3007), is too large (SM1003)
 * or is no text (SM1001, SM1004) is a diagnostic.
 */
export async function loadSource(file: string, form: Form = 'yaml'): Promise<LoadedSource> {
  const name = file === '-' ? '<stdin>' : file;
  try {
    const bytes = await readBytes(file === '-' ? process.stdin : createReadStream(file));
    return bytes === undefined ? failed(tooLarge(name)) : sourceOf(name, bytes, form);
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // who can open a folder cannot read it, and is told that of no file
    return failed({
      code: 'SM3007',
      labels: [],
      detail: path === undefined ? `${name}: ${message}` : message,
    });
  }
}

/** Bytes as text; those that are none have a diagnostic. */
export function sourceOf(name: string, bytes: Buffer, form: Form = 'yaml'): LoadedSource {
  if (form === 'bytes') return { source: { name, text: bytes.toString('latin1') }, diagnostics: [] };
  const source = { name, text: bytes.toString() };
  return isUtf8(bytes) ? { source, diagnostics: [] } : failed(notText(source, form));
}

function failed(diagnostic: Diagnostic): LoadedSource {
  return { source: undefined, diagnostics: [diagnostic] };
}

/** Undefined for what is too large: the rest of it is not read. */
async function readBytes(stream: AsyncIterable<Buffer>): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MOST_MEGABYTES * 2 ** 20) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(name: string): Diagnostic {
  const limit = `${String(MOST_MEGABYTES)} MB`;
  return { code: 'SM1003', labels: [], detail: `${name} has more than ${limit}; nothing of it was read.` };
}

/** The first character that stands for bytes that are none. */
function notText(source: Source, form: 'yaml' | 'csv'): Diagnostic {
  const start = source.text.indexOf('\ufffd');
  return {
    code: form === 'csv' ? 'SM1004' : 'SM1001',
    labels: [{ span: { source, start, end: start + 1 }, text: 'is not UTF-8' }],
    help: 'save the file as UTF-8, or write the name in letters that every encoding has',
  };
}
