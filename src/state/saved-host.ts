import { parseHost } from '../host/parse.ts';
import type { HostTexts } from '../host/parse.ts';
import type { HostState } from '../host/state.ts';
import { textsOf } from '../host/texts.ts';

/** A state of a host as a file holds it: as the tools would print it, one character per byte. */
export interface SavedHost {
  readonly device: string;
  /** Number of the routing table. */
  readonly table: number;
  readonly texts: HostTexts;
}

export function saveHost(host: HostState): SavedHost {
  return { device: host.link.name, table: host.routes.table, texts: textsOf(host) };
}

/** Undefined for what is no state of a host. */
export function loadHost({ device, table, texts }: SavedHost): HostState | undefined {
  return parseHost(texts, { device, table }).state;
}

export function isSavedHost(value: unknown): value is SavedHost {
  const { device, table, texts } = fieldsOf(value);
  const { mangle, nat, raw, sets, ipRules, routes, link, sysctls } = fieldsOf(texts);
  return (
    typeof device === 'string' &&
    typeof table === 'number' &&
    [mangle, ipRules, routes, link, sysctls].every((text) => typeof text === 'string') &&
    [nat, raw, sets].every((text) => text === undefined || typeof text === 'string')
  );
}

/** Of what JSON.parse returned; none for what is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
