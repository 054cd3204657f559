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

/**
 * The text of a file, or of stdin for `-`. A file that cannot be opened (SM3007), is too large (SM1003)
 * or is no text (SM1001) is a diagnostic.
 *
 * @param encoding latin1 for the bytes of iptables, one character each
 */
export async function loadSource(file: string, encoding: 'utf8' | 'latin1' = 'utf8'): Promise<LoadedSource> {
  const name = file === '-' ? '<stdin>' : file;
  try {
    const bytes = await readBytes(file === '-' ? process.stdin : createReadStream(file));
    return bytes === undefined ? failed(tooLarge(name)) : sourceOf(name, bytes, encoding);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return failed({ code: 'SM3007', labels: [], detail: (error as Error).message });
  }
}

/** Bytes as text; those that are none have a diagnostic (SM1001). */
export function sourceOf(name: string, bytes: Buffer, encoding: 'utf8' | 'latin1' = 'utf8'): LoadedSource {
  const source = { name, text: bytes.toString(encoding) };
  const isText = encoding === 'latin1' || isUtf8(bytes);
  return isText ? { source, diagnostics: [] } : failed(notText(source));
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
function notText(source: Source): Diagnostic {
  const start = source.text.indexOf('\ufffd');
  return {
    code: 'SM1001',
    labels: [{ span: { source, start, end: start + 1 }, text: 'is not UTF-8' }],
    help: 'save the file as UTF-8, or write the name in letters that every encoding has',
  };
}
