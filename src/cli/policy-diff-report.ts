import { decoded } from '../domain/decoded.ts';
import { printHost } from '../host/print.ts';
import { liftArrivals } from '../lower/replies.ts';
import type { Compiled } from '../pipeline.ts';
import type { Arrivals } from '../plan/arrivals.ts';
import { decisionsOf } from '../plan/clauses.ts';
import { compareDecisions } from '../plan/compare.ts';
import type { MarkPlan } from '../plan/plan.ts';
import { aliasChanges, aliasesIn } from './alias-text.ts';
import { arrivalWords } from './arrival-text.ts';
import { decisionJson, decisionText } from './decision-text.ts';
import { EXIT } from './exit-codes.ts';
import { unifiedPatch } from './patch.ts';
import type { Report } from './report.ts';

type Named = Compiled & { readonly name: string };

/** What changes for which packets, in words with an example each, and then the text that a host would hold. */
export function policyDiffReport(old: Named, next: Named, isDetailed: boolean): Omit<Report, 'diagnostics'> {
  const changes = compareDecisions(decisionsOf(old.plan), decisionsOf(next.plan));
  const answers = arrivalWords(arrivalsOf(old), arrivalsOf(next));
  const settings = settingChanges(old.plan, next.plan);
  const textOf = ({ name, host }: Named): { name: string; text: string } => ({
    name,
    text: decoded(printHost(host)),
  });
  const patch = unifiedPatch(textOf(old), textOf(next));
  const aliases = aliasesIn(old.host, next.host);
  const words = [
    ...settings,
    ...changes.map((change) => decisionText(change, aliases)),
    ...aliasChanges(old.host, next.host),
    ...answers.words,
  ];
  const isChanged = patch !== '';
  const text = isChanged
    ? `${words.length === 0 ? 'no packet is decided in another way\n' : words.join('\n')}\n${patch}`
    : `${next.name}: the same as ${old.name}\n`;
  return {
    exitCode: isChanged && isDetailed ? EXIT.changesPending : EXIT.done,
    text,
    json: {
      ok: true,
      changed: isChanged,
      settings,
      changes: changes.map((change) => decisionJson(change, aliases)),
      answers: answers.json,
      diff: patch,
    },
  };
}

/** A host says which zones there are. */
function arrivalsOf({ host }: Compiled): Arrivals {
  return { ...liftArrivals(host.tables), zones: new Map() };
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
