/** What rules say of flows that come in by the mast device. */
export interface Arrivals {
  /** Whether such a flow is told by which conn it is to be answered; where not, the entries decide. */
  readonly isLearned: boolean;
  /** The nfmark of answers, over our bits, by conn. */
  readonly marks: ReadonlyMap<string, number>;
  /** The nfmark that its packets come in with, likewise. */
  readonly refs: ReadonlyMap<string, number>;
  /** The conntrack zone of a conn's flows, by conn; of those that are down, too. */
  readonly zones: ReadonlyMap<string, number>;
}

export const NO_ARRIVALS: Arrivals = {
  isLearned: false,
  marks: new Map(),
  refs: new Map(),
  zones: new Map(),
};
