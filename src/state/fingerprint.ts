import { createHash } from 'node:crypto';
import type { HostState } from '../host/state.ts';
import { textOfOurs } from './our-part.ts';

/** The same for two states in which our rules, sets and ip rules are the same, whatever others have beside them. */
export function fingerprintOf(host: HostState, ours: HostState): string {
  return digestOf(textOfOurs(host, ours));
}

/** Of one text what sha256sum says of its file; of more than one, of their digests in their order. */
export function digestOfAll(texts: readonly string[]): string {
  const digests = texts.map(digestOf);
  const [first] = digests;
  return digests.length === 1 && first !== undefined ? first : digestOf(digests.join('\n'));
}

/** SHA-256, of text of any kind. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
