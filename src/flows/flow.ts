/** The header of the packets of one direction, as conntrack knows it. */
export interface Tuple {
  readonly src: number;
  readonly dst: number;
  readonly protocol: number;
  /** Absent where the protocol has none. */
  readonly sport?: number;
  readonly dport?: number;
}

/** A running flow: one entry of conntrack's table. */
export interface Flow {
  /** Of the direction of its first packet. */
  readonly original: Tuple;
  /** Of its answers as they arrive: with NAT not the original the other way round. */
  readonly reply: Tuple;
  readonly ctmark: number;
  /** Of its original direction alone; absent where it has none. */
  readonly zone?: number;
}
