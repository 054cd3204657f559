import { ipsecSelectors } from '../domain/ipsec.ts';
import { UDP } from '../domain/protocol.ts';
import type { Selector } from '../domain/selector.ts';
import { commonOf, MADE_HERE } from '../domain/selector.ts';
import type { Span } from '../diagnostics/source.ts';
import { ikeLeaders } from './nested.ts';
import { onwardEntriesOf, outwardEntriesOf } from './onward.ts';
import type { ActiveEntry, MarkPlan } from './plan.ts';

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

/** What decides about packets: those that this host makes or forwards, and those of one client to another. */
export interface Decisions {
  readonly clauses: readonly Clause[];
  /** Of what mast has decapsulated, which is marked. */
  readonly onward: readonly Clause[];
}

export function decisionsOf(plan: MarkPlan): Decisions {
  return { clauses: clausesOf(plan), onward: onwardEntriesOf(plan).map(clauseOf) };
}

/** A plan without the memory of flows. Marked packets and those to this host are not spoken of. */
export function clausesOf(plan: MarkPlan): Clause[] {
  const own = ipsecSelectors(plan.ikePorts).map((selector): Clause => ({
    selector: { ...selector, inInterface: MADE_HERE },
    outcome: undefined,
  }));
  return [...ledIke(plan, own), ...own, ...outwardEntriesOf(plan).map(clauseOf)];
}

function clauseOf({ selector, conn, decision, origin }: ActiveEntry): Clause {
  return { selector, outcome: { conn, nfmark: decision.mark.value, origin } };
}

/** The host's own IKE that goes by an outer conn, and in front of it what does not. */
function ledIke(plan: MarkPlan, own: readonly Clause[]): Clause[] {
  const leaders = ikeLeaders(plan).map(clauseOf);
  if (leaders.length === 0) return [];
  const exempt = plan.outerPeers.map((peer): Clause => ({ selector: { dst: [peer] }, outcome: undefined }));
  const ike = own.filter(({ selector }) => selector.protocol === UDP);
  return [...exempt, ...leaders].flatMap(({ selector, outcome }) =>
    ike.flatMap((one) => {
      const common = commonOf(selector, one.selector);
      return common === undefined ? [] : [{ selector: common, outcome }];
    }),
  );
}
