import { ipsecSelectors } from '../domain/ipsec.ts';
import type { Selector } from '../domain/selector.ts';
import { MADE_HERE } from '../domain/selector.ts';
import type { Span } from '../diagnostics/source.ts';
import type { MarkPlan } from './plan.ts';
import { activeEntriesOf } from './plan.ts';

/** In the place of a conn's name where a rule has no comment. */
export const NOBODY = 'an unnamed conn';

/** What happens to the packets of an entry, or of a rule that says the same. */
export interface Outcome {
  /** As the comment of its rule has it where there is no policy. */
  readonly conn: string;
  /** Over our bits: the SAref and the flag, or the flag alone for what is blocked. */
  readonly nfmark: number;
  readonly origin: Span | undefined;
}

/** Clauses are asked in order; the first one that matches a packet decides. */
export interface Clause {
  readonly selector: Selector;
  /** Undefined: nothing happens, the packet goes as it is. */
  readonly outcome: Outcome | undefined;
}

/** A plan without the memory of flows. Marked packets and those to this host are not spoken of. */
export function clausesOf(plan: MarkPlan): Clause[] {
  return [
    ...ipsecSelectors(plan.ikePorts).map((selector) => ({
      selector: { ...selector, inInterface: MADE_HERE },
      outcome: undefined,
    })),
    ...activeEntriesOf(plan).map(({ selector, conn, decision, origin }) => ({
      selector,
      outcome: { conn, nfmark: decision.mark.value, origin },
    })),
  ];
}
