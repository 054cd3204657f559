import { fileURLToPath } from 'node:url';
import type { Namespace } from './namespace.ts';
import { spawnUntilReady } from './namespace.ts';

/** A server of UDP that answers everybody. */
export interface Responder {
  close(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('responder.pl', import.meta.url));

/** @throws CommandFailed where it cannot listen there */
export function openResponder(
  { prefix }: Pick<Namespace, 'prefix'>,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<Responder> {
  return spawnUntilReady([...prefix, 'perl', SCRIPT, address, String(port)]);
}
