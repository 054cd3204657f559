import { createHash } from 'node:crypto';
import type { HostState } from '../host/state.ts';
import { textOfOurs } from './our-part.ts';

/** The same for two states in which our rules and ip rules are the same, whatever others have beside them. */
export function fingerprintOf(host: HostState, ours: HostState): string {
  return digestOf(textOfOurs(host, ours));
}

/** SHA-256, of text of any kind. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
