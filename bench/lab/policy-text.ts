import { hexOf } from '../../src/domain/mark.ts';
import { markOf, toSaref } from '../../src/domain/saref.ts';

export const LAYOUTS = ['rules', 'tree', 'sets'] as const;
/** `only` is what a policy language without the key does. */
export type Layout = (typeof LAYOUTS)[number] | 'only';

/** One conn for each SAref from 1, each with a network of its own. */
export interface BenchConn {
  readonly name: string;
  readonly refhim: number;
  readonly ref: number;
  /** 10.0.0.0/24 for the first one, then one after the other. */
  readonly network: string;
  /** An address in there. */
  readonly host: string;
  /** nfmark of what leaves by it, and of what comes in by it. */
  readonly mark: string;
  readonly inboundMark: string;
}

export function benchConns(count: number): BenchConn[] {
  return Array.from({ length: count }, (_, index) => {
    const network = `10.${String(Math.floor(index / 256))}.${String(index % 256)}`;
    const refhim = index + 1;
    // the two directions are numbered apart, as pluto does
    const ref = count - index;
    return {
      name: `client-${String(refhim)}`,
      refhim,
      ref,
      network: `${network}.0/24`,
      host: `${network}.7`,
      mark: markText(refhim),
      inboundMark: markText(ref),
    };
  });
}

/** A list is on the average read as far as to this one. */
export function middleOf(conns: readonly BenchConn[]): BenchConn {
  return conns[Math.floor(conns.length / 2)] as BenchConn;
}

/** The nfmark of a SAref. */
export function markText(ref: number): string {
  const saref = toSaref(ref);
  if (saref === undefined) throw new RangeError(`${String(ref)} is no SAref`);
  return hexOf(markOf(saref).value);
}

interface Options {
  readonly layout: Layout;
  /** Whether inbound SArefs are known, and so answers go by the conn that asked. */
  readonly hasInbound?: boolean;
  /** The device that packets come in by. */
  readonly in?: string;
}

export function policyText(
  conns: readonly Pick<BenchConn, 'name' | 'refhim' | 'ref' | 'network'>[],
  { layout, hasInbound = false, in: device }: Options,
): string {
  const sarefs = conns.map(({ name, refhim, ref }) =>
    hasInbound
      ? `  ${name}: { refhim: ${String(refhim)}, ref: ${String(ref)} }`
      : `  ${name}: ${String(refhim)}`,
  );
  return [
    'version: 1',
    ...(layout === 'only' ? [] : [`layout: ${layout}`]),
    'sarefs:',
    ...sarefs,
    ...(device === undefined ? [] : [`defaults: { in: ${device} }`]),
    'entries:',
    ...conns.map(({ name, network }) => `  - { conn: ${name}, dst: ${network} }`),
    '',
  ].join('\n');
}
