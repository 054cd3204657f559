import type { Codec } from './codecs.ts';
import {
  addressTypes,
  bareName,
  markToMatch,
  markToSet,
  network,
  portList,
  portRange,
  text,
} from './codecs.ts';

/**
 * The words of the language. Parser, printer and the generators of random rules read these rows; the
 * types of the model are inferred from them. Options stand in the order in which iptables-save prints them.
 */
export interface Option<T> {
  readonly flag: string;
  readonly codec: Codec<T>;
}

export type Row = Readonly<Record<string, Option<unknown>>>;

function option<T>(flag: string, codec: Codec<T>): Option<T> {
  return { flag, codec };
}

/** What every rule can ask without an extension. */
export const BUILTINS = {
  src: option('-s', network),
  dst: option('-d', network),
  inInterface: option('-i', bareName),
  outInterface: option('-o', bareName),
  protocol: option('-p', bareName),
} as const;

const PORTS = { sport: option('--sport', portRange), dport: option('--dport', portRange) } as const;

export const MATCHES = {
  addrtype: { srcType: option('--src-type', addressTypes), dstType: option('--dst-type', addressTypes) },
  comment: { comment: option('--comment', text) },
  mark: { mark: option('--mark', markToMatch) },
  multiport: {
    sports: option('--sports', portList),
    dports: option('--dports', portList),
    ports: option('--ports', portList),
  },
  udp: PORTS,
} as const;

export const TARGETS = {
  ACCEPT: {},
  DROP: {},
  MARK: { setXmark: option('--set-xmark', markToSet) },
  RETURN: {},
} as const;
