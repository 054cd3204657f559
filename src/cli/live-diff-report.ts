import type { Goal } from '../delta/change.ts';
import { diffHosts, stepsTo } from '../delta/delta.ts';
import { meaningsOf } from '../delta/meaning.ts';
import { simulate } from '../delta/simulate.ts';
import { placeOf } from '../diagnostics/source.ts';
import { decoded } from '../domain/decoded.ts';
import { elementText } from '../host/ip-set-text.ts';
import { printHost } from '../host/print.ts';
import type { HostState } from '../host/state.ts';
import { rulesIn, withMangle } from '../host/state.ts';
import type { Chain } from '../iptables/table.ts';
import { liftTable } from '../lower/lift.ts';
import { liftArrivals } from '../lower/replies.ts';
import type { FlowChange } from '../flow-change.ts';
import { compareDecisions } from '../plan/compare.ts';
import { aliasChanges, aliasesIn } from './alias-text.ts';
import { arrivalWords } from './arrival-text.ts';
import { decisionJson, decisionText } from './decision-text.ts';
import { EXIT } from './exit-codes.ts';
import { unifiedPatch } from './patch.ts';
import type { Report } from './report.ts';
import { stepJson } from './report.ts';

interface Compared {
  /** What to call the wish. */
  readonly name: string;
  /** What to call the host, or the dump. */
  readonly host: string;
  readonly live: HostState;
  readonly goal: Goal;
  /** What becomes of running flows, where that is asked. */
  readonly flows?: FlowChange;
  /** Whether it is to be taken away. */
  readonly isRemoval?: boolean;
  readonly isDetailed: boolean;
}

/** What would change on a host: for which packets, what else it means, and the text of it. */
export function liveDiffReport({ name, host, live, goal, flows, ...how }: Compared): Report {
  const { isRemoval = false, isDetailed } = how;
  const steps = [...stepsTo(goal, live), ...(flows?.steps ?? [])];
  const settled = flows?.settled ?? goal.targetOn(live);
  const next = withOrigins(simulate(live, diffHosts({ live, target: settled, ours: goal.ours })), settled);
  const now = liftTable(live.tables.mangle, live.sets);
  const changes = compareDecisions(now, liftTable(next.tables.mangle, next.sets));
  const answers = arrivalWords(liftArrivals(live.tables), liftArrivals(next.tables));
  const aliases = aliasesIn(live, next);
  // what is to be taken away is not out of order
  const meanings = isRemoval ? [] : [...new Set(steps.flatMap(meaningsOf))];
  const [before, after] = [decoded(printHost(live)), decoded(printHost(next))];
  const patch = unifiedPatch({ name: host, text: before }, { name, text: after });
  const isChanged = steps.length > 0;
  const { translated = 0, deleted = 0 } = flows ?? {};
  const words = [
    ...changes.map((change) => decisionText(change, aliases)),
    ...aliasChanges(live, next),
    ...answers.words,
    ...(translated === 0 ? [] : [`${followText(translated)}\n`]),
    ...meanings.map((meaning) => `${meaning}\n`),
    ...now.unread.map(({ text }) => `this rule is not in the words above: ${decoded(text)}\n`),
  ];
  return {
    exitCode: isChanged && isDetailed ? EXIT.changesPending : EXIT.done,
    text: isChanged ? `${words.join('\n')}\n${withPlaces(patch, next)}` : `${name}: nothing to do\n`,
    json: {
      ok: true,
      changed: isChanged,
      changes: changes.map((change) => decisionJson(change, aliases)),
      answers: answers.json,
      meanings,
      flows: { translated, deleted },
      steps: steps.map(stepJson),
      diff: { before, after },
    },
    diagnostics: flows?.diagnostics ?? [],
  };
}

function followText(flows: number): string {
  const subject = flows === 1 ? '1 flow follows its conn' : `${String(flows)} flows follow their conn`;
  return `${subject} to another SAref`;
}

/** Rules that stay have them too, as the target has. */
function withOrigins(host: HostState, target: HostState): HostState {
  const chains = [...host.tables.mangle.chains].map(([name, { policy, rules }]): [string, Chain] => {
    const known = new Map(rulesIn(target, name).map(({ text, origin }) => [text, origin]));
    return [name, { policy, rules: rules.map((rule) => ({ ...rule, origin: known.get(rule.text) })) }];
  });
  return withMangle(host, new Map(chains));
}

/** Behind each new line the entry that causes it. */
function withPlaces(patch: string, { tables, sets }: HostState): string {
  const places = new Map<string, string>();
  for (const [name, { elements }] of sets) {
    for (const element of elements.values())
      if (element.origin !== undefined)
        places.set(decoded(`+add ${name} ${elementText(element)}`), placeOf(element.origin));
  }
  for (const [chain, { rules }] of [...tables.nat.chains, ...tables.mangle.chains]) {
    for (const { text, origin } of rules)
      if (origin !== undefined) places.set(decoded(`+-A ${chain} ${text}`), placeOf(origin));
  }
  const withPlace = (line: string): string => {
    const place = places.get(line);
    return place === undefined ? line : `${line}  # ${place}`;
  };
  return patch.split('\n').map(withPlace).join('\n');
}
