import type { Arrivals } from './arrivals.ts';

/** How a client that comes in by a conn is answered. */
export interface Answering {
  /** What its packets carry, and what answers are marked with; over our bits. */
  readonly inbound: number;
  readonly answer: number;
  /** Of conntrack; undefined where it has none of its own. */
  readonly zone: number | undefined;
}

/** A conn whose clients are answered in another way than before; undefined: they get no answer. */
export interface ArrivalChange {
  readonly conn: string;
  readonly before: Answering | undefined;
  readonly after: Answering | undefined;
}

/** In the order of their names; none where the entries decide about answers, before or after. */
export function compareArrivals(before: Arrivals, after: Arrivals): ArrivalChange[] {
  if (!before.isLearned || !after.isLearned) return [];
  const conns = [...new Set([...before.marks.keys(), ...after.marks.keys()])].sort();
  return conns
    .map((conn) => ({ conn, before: answeringIn(before, conn), after: answeringIn(after, conn) }))
    .filter(({ before: old, after: next }) => !isSame(old, next));
}

function answeringIn({ marks, refs, zones }: Arrivals, conn: string): Answering | undefined {
  const [answer, inbound] = [marks.get(conn), refs.get(conn)];
  return answer === undefined || inbound === undefined
    ? undefined
    : { inbound, answer, zone: zones.get(conn) };
}

function isSame(one: Answering | undefined, other: Answering | undefined): boolean {
  return one?.inbound === other?.inbound && one?.answer === other?.answer && one?.zone === other?.zone;
}
