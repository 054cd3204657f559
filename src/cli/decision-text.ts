import { placeOf } from '../diagnostics/source.ts';
import { BY_SOCKET, OF_CLOSED } from '../domain/conn-name.ts';
import { hexOf } from '../domain/mark.ts';
import { besideWords, packetText } from '../domain/packet.ts';
import { BLOCKED, sarefBitsOf } from '../domain/saref.ts';
import { MADE_HERE } from '../domain/selector.ts';
import type { Mapping } from '../domain/selector-text.ts';
import { selectorText } from '../domain/selector-text.ts';
import type { Witness } from '../domain/witness.ts';
import type { Outcome } from '../plan/clauses.ts';
import type { DecisionChange } from '../plan/compare.ts';

/** What changes for which packets, in words with an example, and where it comes from. */
export function decisionText(
  { packets, example, before, after }: DecisionChange,
  aliases: readonly Mapping[],
): string {
  const places = [
    after?.origin === undefined ? [] : `  ${placeOf(after.origin)}`,
    before?.origin === undefined ? [] : `  before: ${placeOf(before.origin)}`,
  ].flat();
  const words = `${selectorText(packets, aliases)} ${moveText(before, after)},\n  for example ${exampleText(example)}`;
  return `${[words, ...places].join('\n')}\n`;
}

function moveText(before: Outcome | undefined, after: Outcome | undefined): string {
  if (after === undefined) return `is no longer marked, and was ${outcomeText(before)}`;
  if (before === undefined) return `was not marked, and is now ${outcomeText(after)}`;
  return before.conn === after.conn
    ? `stays with ${after.conn}: ${stateText(before)} becomes ${stateText(after)}`
    : `moves from ${before.conn} (${stateText(before)}) to ${after.conn} (${stateText(after)})`;
}

function outcomeText(outcome: Outcome | undefined): string {
  return outcome === undefined ? 'not marked' : `sent to ${outcome.conn} (${stateText(outcome)})`;
}

function stateText({ conn, nfmark }: Outcome): string {
  if (conn === OF_CLOSED) return 'blocked';
  if (conn === BY_SOCKET) return 'without one: blocked';
  return nfmark === BLOCKED.value ? 'down: blocked' : `SAref ${String(sarefBitsOf(nfmark))}`;
}

function exampleText(example: Witness): string {
  const arrival = example.inInterface === MADE_HERE ? ', made here' : ` in ${example.inInterface}`;
  return [`${packetText(example)}${arrival}`, ...besideWords(example)].join(' ');
}

export function decisionJson(
  { packets, example, before, after }: DecisionChange,
  aliases: readonly Mapping[],
): object {
  return {
    packets: selectorText(packets, aliases),
    example: exampleText(example),
    before: before && outcomeJson(before),
    after: after && outcomeJson(after),
  };
}

function outcomeJson({ conn, nfmark, origin }: Outcome): object {
  return { conn, nfmark: hexOf(nfmark), place: origin && placeOf(origin) };
}
