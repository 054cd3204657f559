import { hexOf } from '../domain/mark.ts';
import { BLOCKED, sarefBitsOf } from '../domain/saref.ts';
import type { Arrivals } from '../plan/arrivals.ts';
import type { Answering, ArrivalChange } from '../plan/compare-arrivals.ts';
import { compareArrivals } from '../plan/compare-arrivals.ts';

interface ArrivalWords {
  /** A paragraph each. */
  readonly words: readonly string[];
  readonly json: object;
}

/** What changes for clients: by which conn they are answered. */
export function arrivalWords(before: Arrivals, after: Arrivals): ArrivalWords {
  const changes = compareArrivals(before, after);
  return {
    words: [...switchText(before, after), ...changeTexts(changes, ownersIn(after))].map(
      (text) => `${text}\n`,
    ),
    json: {
      before: before.isLearned ? 'tunnel' : 'entries',
      after: after.isLearned ? 'tunnel' : 'entries',
      changes: changes.map(changeJson),
    },
  };
}

function switchText(before: Arrivals, after: Arrivals): string[] {
  if (before.isLearned === after.isLearned) return [];
  if (!after.isLearned)
    return ['who comes in by a conn is no longer answered by it: answers go as all packets do'];
  const conns = listText([...after.marks.keys()]);
  const known = conns === '' ? '' : `: ${conns}`;
  return [
    `who comes in by a conn is answered by it from now on, not as the entries say${known};\n  who comes in by one that is not known is not answered`,
  ];
}

/** More conns are counted. */
const MOST_CONNS = 10;

function listText(conns: readonly string[]): string {
  const shown = conns.slice(0, MOST_CONNS).join(', ');
  return conns.length > MOST_CONNS ? `${shown} and ${String(conns.length - MOST_CONNS)} more` : shown;
}

/** Whose a mark is. */
type Owners = ReadonlyMap<number, string>;

function ownersIn({ marks }: Arrivals): Owners {
  return new Map([...marks].map(([conn, mark]) => [mark, conn]));
}

function changeTexts(changes: readonly ArrivalChange[], owners: Owners): string[] {
  const texts = changes.flatMap((change) => changeText(change, owners));
  const more = texts.length - MOST_CONNS;
  return more > 1
    ? [...texts.slice(0, MOST_CONNS), `${String(more)} more changes like these of other clients`]
    : texts;
}

function changeText({ conn, before, after }: ArrivalChange, owners: Owners): string[] {
  if (before === undefined || after === undefined)
    return after === undefined
      ? [`who comes in by ${conn} is no longer answered, and was by ${markText(before?.answer)}`]
      : [`who comes in by ${conn} was not answered, and is now by ${markText(after.answer)}`];
  return [
    ...(before.inbound === after.inbound
      ? []
      : [
          `${conn} is known by inbound ${markText(after.inbound)} from now on, and was by ${markText(before.inbound)}`,
        ]),
    ...(before.answer === after.answer
      ? []
      : [answerText(conn, { owner: owners.get(before.answer), before, after })]),
    ...(before.zone === after.zone
      ? []
      : [`what comes in by ${conn} gets ${zoneText(after)} of conntrack, and had ${zoneText(before)}`]),
  ];
}

interface Move {
  /** Who has the SAref that answers went by. */
  readonly owner: string | undefined;
  readonly before: Answering;
  readonly after: Answering;
}

function answerText(conn: string, { owner = conn, before, after }: Move): string {
  const [from, to] = [markText(before.answer), markText(after.answer)];
  return owner === conn
    ? `answers to ${conn} stay with it: ${from} becomes ${to}`
    : `answers to ${conn} move from ${owner} (${from}) to ${conn} (${to})`;
}

function markText(mark = 0): string {
  return mark === BLOCKED.value ? 'blocked' : `SAref ${String(sarefBitsOf(mark))}`;
}

function zoneText({ zone }: Answering): string {
  return zone === undefined ? 'no zone' : `zone ${String(zone)}`;
}

function changeJson({ conn, before, after }: ArrivalChange): object {
  return { conn, before: before && answeringJson(before), after: after && answeringJson(after) };
}

function answeringJson({ inbound, answer, zone }: Answering): object {
  return { inbound: hexOf(inbound), answer: hexOf(answer), zone };
}
