import type { BackendName } from '../src/system/backend.ts';
import type { Figure, Ratio } from './figure.ts';
import type { Layout } from './lab/policy-text.ts';

/** What a row is measured with. */
export interface Scale {
  /** Of entries: no more than there are SArefs. */
  readonly most: number;
  /** Of entries, for what is expected to be flat; the last one is `most`. */
  readonly sizes: readonly [number, ...number[]];
  /** Of conns, where the peer takes too long for `most`. */
  readonly many: number;
  /** Of conns that get other SArefs at once. */
  readonly changed: number;
  /** Of floods and other things that are soon done. */
  readonly rounds: number;
  /** Of whole commands. */
  readonly runs: number;
  /** For which packets are sent, each time. */
  readonly floodMs: number;
  /** Of the calls of the stock script: one in so many is made and timed. */
  readonly every: number;
  readonly parserLines: number;
}

/** What rules are written, and to what. */
export interface Kind {
  readonly backend: BackendName;
  readonly layout: Layout;
}

export interface Setting {
  readonly scale: Scale;
  readonly kinds: readonly Kind[];
  readonly hasFerm: boolean;
  /** For files; it is gone afterwards. */
  readonly folder: string;
  /** Says on stderr what is being done. */
  readonly tell: (text: string) => void;
}

export interface Row {
  readonly name: string;
  readonly measure: (setting: Setting) => Promise<readonly Figure[]>;
}

/** A layout that is meant for a few conns is told, and not asked to be flat. */
export function ratioFor(layout: Layout, kind: Ratio['kind'], reach: number): Ratio {
  return layout === 'rules' ? { kind } : { kind, reach };
}

/** One kind after the other. */
export async function forEachKind(
  setting: Setting,
  measureOn: (kind: Kind, setting: Setting) => Promise<readonly Figure[]>,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const kind of setting.kinds) figures.push(...(await measureOn(kind, setting)));
  return figures;
}

/** For what every layout does alike. */
export function oneOfEachBackend({ kinds }: Setting): Kind[] {
  return [...new Map(kinds.map((kind) => [kind.backend, kind])).values()];
}

/** 32,767 */
export function counted(count: number): string {
  return count.toLocaleString('en');
}
