import { findConflicts } from '../delta/conflicts.ts';
import { meaningsOf } from '../delta/meaning.ts';
import { simulate } from '../delta/simulate.ts';
import { placeOf } from '../diagnostics/source.ts';
import { printHost } from '../host/print.ts';
import type { HostState } from '../host/state.ts';
import { liftTable } from '../lower/lift.ts';
import type { Compiled } from '../pipeline.ts';
import { diffPolicy } from '../pipeline.ts';
import type { RunningFlows } from '../flow-change.ts';
import { flowChange } from '../flow-change.ts';
import { clausesOf } from '../plan/clauses.ts';
import { compareClauses } from '../plan/compare.ts';
import { decisionJson, decisionText } from './decision-text.ts';
import { EXIT } from './exit-codes.ts';
import { unifiedPatch } from './patch.ts';
import type { Report } from './report.ts';
import { stepJson } from './report.ts';

interface Compared {
  readonly policy: string;
  /** What to call the host, or the dump. */
  readonly host: string;
  readonly live: HostState;
  /** Undefined where they are not known, or nothing to this policy. */
  readonly running: RunningFlows | undefined;
  readonly compiled: Compiled;
  readonly isDetailed: boolean;
}

/** What `apply` would change on a host: for which packets, what else it means, and the text of it. */
export function liveDiffReport({ policy, host, live, running, compiled, isDetailed }: Compared): Report {
  const { target, settled, translated, deleted, ...flows } = flowChange(compiled, live, running);
  const steps = [...diffPolicy({ ...compiled, host: target }, live), ...flows.steps];
  const { clauses, unread } = liftTable(live.tables.mangle);
  const changes = compareClauses(clauses, clausesOf(compiled.plan));
  const meanings = [...new Set(steps.flatMap(meaningsOf))];
  const [before, after] = [
    printHost(live),
    printHost(simulate(live, diffPolicy({ ...compiled, host: settled }, live))),
  ];
  const patch = unifiedPatch({ name: host, text: before }, { name: policy, text: after });
  const isChanged = steps.length > 0;
  const conflicts = findConflicts(live, compiled.ours);
  const words = [
    ...changes.map(decisionText),
    ...(translated === 0 ? [] : [`${followText(translated)}\n`]),
    ...meanings.map((meaning) => `${meaning}\n`),
    ...unread.map(({ text }) => `this rule is not in the words above: ${text}\n`),
  ];
  return {
    exitCode: conflicts.length > 0 ? EXIT.error : isChanged && isDetailed ? EXIT.changesPending : EXIT.done,
    text: isChanged ? `${words.join('\n')}\n${withPlaces(patch, compiled)}` : `${policy}: nothing to do\n`,
    json: {
      ok: conflicts.length === 0,
      changed: isChanged,
      changes: changes.map(decisionJson),
      meanings,
      flows: { translated, deleted },
      steps: steps.map(stepJson),
      diff: { before, after },
    },
    diagnostics: [...conflicts, ...flows.diagnostics],
  };
}

function followText(flows: number): string {
  const subject = flows === 1 ? '1 flow follows its conn' : `${String(flows)} flows follow their conn`;
  return `${subject} to another SAref`;
}

/** Behind each new line the entry that causes it. */
function withPlaces(patch: string, { host }: Compiled): string {
  const places = new Map<string, string>();
  for (const [chain, { rules }] of host.tables.mangle.chains) {
    for (const { text, origin } of rules)
      if (origin !== undefined) places.set(`+-A ${chain} ${text}`, placeOf(origin));
  }
  const withPlace = (line: string): string => {
    const place = places.get(line);
    return place === undefined ? line : `${line}  # ${place}`;
  };
  return patch.split('\n').map(withPlace).join('\n');
}
