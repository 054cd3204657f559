import { isMarked } from '../domain/mark.ts';
import { BLOCKED, remembered } from '../domain/saref.ts';
import type { Arrivals } from '../plan/arrivals.ts';
import type { Translation } from '../plan/translations.ts';
import type { Flow } from './flow.ts';

/** What decides about flows that came in by the mast device. */
export interface ArrivalSituation {
  readonly before: Arrivals;
  readonly after: Arrivals;
  /** What the rules that stand translate for answers. */
  readonly standing: readonly Translation[];
  /** Marks that entries give from now on, beside those of answers. */
  readonly entryMarks: ReadonlySet<number>;
}

/** What becomes of them. Those of `flows` that are in neither list stay as they are. */
export interface ChangedArrivals {
  readonly translations: readonly Translation[];
  readonly lasting: readonly Translation[];
  readonly followed: readonly Flow[];
  readonly again: readonly Flow[];
}

/**
 * An answer goes by the conn that its flow came in by, or by none. The flow's zone says which conn that
 * was. What is blocked is left alone when its conn is back: its next packet from there says so itself,
 * and without its entry an answer in between would go as the entries say.
 *
 * @param flows those that have a zone; undefined where nobody can tell
 */
export function changedArrivals(
  situation: ArrivalSituation,
  flows: readonly Flow[] | undefined,
): ChangedArrivals {
  const { before, after } = situation;
  if (!after.isLearned) {
    const ours = new Set(before.zones.values());
    const again = (flows ?? []).filter(({ zone = 0 }) => ours.has(zone));
    return { translations: [], lasting: [], followed: [], again };
  }
  const known = translationsOf(situation);
  if (flows === undefined) return { translations: known, lasting: known, followed: [], again: [] };
  const fates = flows.map((flow) => ({ flow, fate: fateOf(situation, known, flow) }));
  const having = (wanted: Fate): Flow[] => fates.flatMap(({ flow, fate }) => (fate === wanted ? [flow] : []));
  const [followed, again] = [having('follows'), having('again')];
  const fresh = new Set(before.marks.values());
  const followedFrom = new Set(followed.map(markOf));
  // what is decided again is of a conn that is known
  const stale = new Map(
    again.map((flow) => [markOf(flow), { conn: connOf(situation, flow) as string, from: markOf(flow) }]),
  );
  return {
    translations: [
      ...[...stale.values()].map((one) => ({ ...one, to: BLOCKED.value })),
      ...known.filter(({ from }) => !stale.has(from) && (fresh.has(from) || followedFrom.has(from))),
    ],
    lasting: known.filter(({ from }) => followedFrom.has(from)),
    followed,
    again,
  };
}

/** From each mark that a conn had to the one that it has; not for a mark that is another conn's by now. */
function translationsOf({ before, after, standing, entryMarks }: ArrivalSituation): Translation[] {
  const isInUse = new Set([...after.marks.values(), ...entryMarks]);
  const had = new Map([
    ...standing.map(({ conn, from }) => [from, conn] as const),
    ...[...before.marks].map(([conn, from]) => [from, conn] as const),
  ]);
  return [...had]
    .filter(([from]) => !isInUse.has(from) && from !== BLOCKED.value)
    .map(([from, conn]) => ({ conn, from, to: after.marks.get(conn) ?? BLOCKED.value }));
}

type Fate = 'stays' | 'follows' | 'again';

function fateOf(situation: ArrivalSituation, known: readonly Translation[], flow: Flow): Fate {
  const { after, entryMarks } = situation;
  const conn = connOf(situation, flow);
  const mark = markOf(flow);
  if (!isMarked(mark) || mark === BLOCKED.value) return 'stays';
  const wanted = conn === undefined ? undefined : after.marks.get(conn);
  if (mark === wanted) return 'stays';
  if (known.some((one) => one.from === mark && (conn === undefined || one.conn === conn))) return 'follows';
  const isOfAnother = [...after.marks.values(), ...entryMarks].includes(mark);
  // of a zone that nobody has any more, nothing is known but that it still goes somewhere
  return isOfAnother && conn !== undefined ? 'again' : 'stays';
}

function connOf({ before, after }: ArrivalSituation, { zone }: Flow): string | undefined {
  return [...before.zones, ...after.zones].find(([, number]) => number === zone)?.[0];
}

function markOf({ ctmark }: Flow): number {
  return remembered(ctmark).value;
}
