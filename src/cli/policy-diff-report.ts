import { createTwoFilesPatch } from 'diff';
import { placeOf } from '../diagnostics/source.ts';
import { hexOf } from '../domain/mark.ts';
import { sarefBitsOf } from '../domain/saref.ts';
import { packetText } from '../domain/packet.ts';
import { MADE_HERE } from '../domain/selector.ts';
import { selectorText } from '../domain/selector-text.ts';
import type { Witness } from '../domain/witness.ts';
import { printHost } from '../host/print.ts';
import type { Compiled } from '../pipeline.ts';
import type { PlanChange } from '../plan/compare.ts';
import { comparePlans } from '../plan/compare.ts';
import type { ActiveEntry, MarkPlan } from '../plan/plan.ts';
import { EXIT } from './exit-codes.ts';
import type { Report } from './report.ts';

type Named = Compiled & { readonly name: string };

/** What changes for which packets, in words with an example each, and then the text that a host would hold. */
export function policyDiffReport(old: Named, next: Named, isDetailed: boolean): Omit<Report, 'diagnostics'> {
  const changes = comparePlans(old.plan, next.plan);
  const settings = settingChanges(old.plan, next.plan);
  const [before, after] = [printHost(old.host), printHost(next.host)];
  const isChanged = before !== after;
  const patch = isChanged ? patchOf(old.name, next.name, { before, after }) : '';
  const words = [...settings, ...changes.map(changeText)];
  const text = isChanged
    ? `${words.length === 0 ? 'no packet is decided in another way\n' : words.join('\n')}\n${patch}`
    : `${next.name}: the same as ${old.name}\n`;
  return {
    exitCode: isChanged && isDetailed ? EXIT.changesPending : EXIT.done,
    text,
    json: { ok: true, changed: isChanged, settings, changes: changes.map(changeJson), diff: patch },
  };
}

/** Without the dates and the rule under the names that a patch file has. */
function patchOf(
  oldName: string,
  newName: string,
  texts: { readonly before: string; readonly after: string },
): string {
  const patch = createTwoFilesPatch(oldName, newName, texts.before, texts.after, undefined, undefined, {
    context: 2,
  });
  return patch.replace(/^=+\n/, '').replace(/\t$/gm, '');
}

function settingChanges(old: MarkPlan, next: MarkPlan): string[] {
  const rows: readonly (readonly [string, unknown, unknown])[] = [
    ['tracking', old.tracking, next.tracking],
    ['the mast device', old.interface, next.interface],
    ['the routing table', old.table, next.table],
    ['IKE ports', old.ikePorts.join(', '), next.ikePorts.join(', ')],
  ];
  return rows
    .filter(([, before, after]) => before !== after)
    .map(([what, before, after]) => `${what}: ${String(before)} becomes ${String(after)}\n`);
}

function changeText({ packets, example, before, after }: PlanChange): string {
  const places = [
    after === undefined ? '' : `  ${placeOf(after.origin)}`,
    before === undefined ? '' : `  before: ${placeOf(before.origin)}`,
  ];
  return `${selectorText(packets)} ${moveText(before, after)},\n  for example ${exampleText(example)}\n${places.filter((place) => place !== '').join('\n')}\n`;
}

function moveText(before: ActiveEntry | undefined, after: ActiveEntry | undefined): string {
  if (after === undefined) return `is no longer marked, and was ${outcomeText(before)}`;
  if (before === undefined) return `was not marked, and is now ${outcomeText(after)}`;
  return before.conn === after.conn
    ? `stays with ${after.conn}: ${stateText(before)} becomes ${stateText(after)}`
    : `moves from ${before.conn} (${stateText(before)}) to ${after.conn} (${stateText(after)})`;
}

function outcomeText(entry: ActiveEntry | undefined): string {
  return entry === undefined ? 'not marked' : `sent to ${entry.conn} (${stateText(entry)})`;
}

function stateText({ decision }: ActiveEntry): string {
  return decision.kind === 'mark' ? `SAref ${String(sarefBitsOf(decision.mark.value))}` : 'down: blocked';
}

function exampleText(example: Witness): string {
  const arrival = example.inInterface === MADE_HERE ? ', made here' : ` in ${example.inInterface}`;
  return `${packetText(example)}${arrival}`;
}

function changeJson({ packets, example, before, after }: PlanChange): object {
  return {
    packets: selectorText(packets),
    example: exampleText(example),
    before: before && entryJson(before),
    after: after && entryJson(after),
  };
}

function entryJson({ conn, decision, origin }: ActiveEntry): object {
  return { conn, decision: decision.kind, nfmark: hexOf(decision.mark.value), place: placeOf(origin) };
}
