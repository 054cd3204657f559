import type { CidrReading } from '../domain/cidr.ts';
import type { Span } from '../diagnostics/source.ts';

/** A value and the place in the file that says it; the default's place is the whole file. */
export interface Spanned<T> {
  readonly value: T;
  readonly span: Span;
}

/** A policy as written: of the right shape, not yet of the right meaning (see checks/). */
export interface Policy {
  readonly dataplane: 'mast';
  readonly tracking: 'packet';
  readonly mast: MastSettings;
  readonly sarefs: readonly SarefLine[];
  readonly entries: readonly Entry[];
}

interface MastSettings {
  readonly interface: string;
  readonly table: number;
  readonly ikePorts: readonly number[];
}

/** One line of the `sarefs:` map; a conn that is down has no refs. */
export interface SarefLine {
  readonly conn: Spanned<string>;
  readonly refhim: Spanned<number> | undefined;
  readonly ref: Spanned<number> | undefined;
}

export interface Entry {
  readonly conn: Spanned<string>;
  readonly src: Spanned<CidrReading> | undefined;
  readonly dst: Spanned<CidrReading> | undefined;
  readonly down: 'block' | 'skip';
  /** The whole item of the list. */
  readonly span: Span;
}
