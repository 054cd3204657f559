import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic, Label } from '../diagnostics/diagnostic.ts';
import { decoded } from '../domain/decoded.ts';
import type { HostState } from '../host/state.ts';
import type { MarkPlan } from '../plan/plan.ts';
import type { Check } from './check.ts';
import { checkOf, notChecked } from './check.ts';
import type { Compared, Deviation } from './compare-trace.ts';
import { compareTrace } from './compare-trace.ts';
import type { OwnAddresses } from './own-addresses.ts';
import { packetWords } from './packet-words.ts';
import { traceWitnesses } from './witnesses.ts';

/** What packets are held against. */
export interface TraceScene {
  readonly plan: MarkPlan;
  readonly target: HostState;
  readonly live: HostState;
  readonly own: OwnAddresses;
  /** Whether it is said already that ip rules or routes are not as they should be. */
  readonly isRoutingSaid: boolean;
  /** What is looked at, in words; absent: the live rules. */
  readonly rules?: 'live rules' | 'rules to come';
}

/** Thousands of packets through the live rules, ip rules and routes, each held against the plan. */
export function checkTrace(scene: TraceScene): Check {
  const witnesses = traceWitnesses(scene.plan, scene.own);
  const compared = Array.from(witnesses, (witness) => compareTrace(scene, witness));
  return checkOfPackets(scene.rules ?? 'live rules', compared, scene);
}

/** What is to be said of packets that were followed. */
export function checkOfPackets(
  name: string,
  compared: readonly Compared[],
  { isRoutingSaid, rules = 'live rules' }: Pick<TraceScene, 'isRoutingSaid' | 'rules'>,
): Check {
  const deviations = compared.flatMap(({ deviation }) => deviation ?? []);
  const wrong = deviations.filter(({ kind }) => kind !== 'foreign').length;
  const unsure = compared.filter(({ doubts }) => doubts.length > 0);
  const packets = compared.length;
  const said = groupsOf(deviations).filter(([{ kind }]) => kind !== 'route' || !isRoutingSaid);
  const doubts = doubtful(unsure);
  const diagnostics = [...shown(said, rules), ...doubts];
  const text = textOf({ packets, wrong, foreign: deviations.length - wrong, unsure: unsure.length });
  if (wrong > 0) return { name, result: 'failed', text, packets, diagnostics };
  const check =
    unsure.length > 0 ? notChecked(name, text, diagnostics) : checkOf({ name, text, diagnostics });
  return { ...check, packets };
}

type Counts = Record<'packets' | 'wrong' | 'foreign' | 'unsure', number>;

function textOf({ packets, wrong, foreign, unsure }: Counts): string {
  const parts = [
    `${countOf(packets, 'packet')} followed through rules, ip rules and routes: ${wrong === 0 ? 'all' : `${number(wrong)} not`} as the policy says`,
    foreign === 0 ? [] : `${number(foreign)} of which it says nothing marked by rules of others`,
    unsure === 0 ? [] : `${number(unsure)} of which it cannot be said for sure`,
  ];
  return parts.flat().join('; ');
}

function number(count: number): string {
  return count.toLocaleString('en');
}

function countOf(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`;
}

type Group = readonly [Deviation, ...Deviation[]];

/** Those with the same cause, in the order in which they come up. */
function groupsOf(deviations: readonly Deviation[]): Group[] {
  const groups = new Map<string, [Deviation, ...Deviation[]]>();
  for (const deviation of deviations) {
    const { kind, cause, got } = deviation;
    const key = [kind, cause, kind === 'route' ? got : ''].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [deviation]);
    else group.push(deviation);
  }
  return [...groups.values()];
}

/** More would bury the rest of the report. */
const MOST_CAUSES = 10;
const MOST_LABELS = 3;

function shown(groups: readonly Group[], rules: string): Diagnostic[] {
  const more = groups.slice(MOST_CAUSES);
  const packets = more.flat().length;
  return [
    ...groups.slice(0, MOST_CAUSES).map((group) => diagnosticOf(group, rules)),
    ...(more.length === 0
      ? []
      : [
          {
            code: 'SM4005' as const,
            labels: [],
            detail: `${countOf(packets, 'more packet')} of ${countOf(more.length, 'other cause')} not shown.`,
          },
        ]),
  ];
}

const CODES_OF = {
  mark: 'SM4005',
  memory: 'SM4005',
  dropped: 'SM4005',
  address: 'SM4005',
  route: 'SM4006',
  foreign: 'SM4014',
  clear: 'SM4016',
} as const;

function codeOf({ kind, witness }: Deviation): Code {
  const isOfAnswers = witness.cameInBy !== undefined && (kind === 'mark' || kind === 'memory');
  return isOfAnswers ? 'SM4019' : CODES_OF[kind];
}

function diagnosticOf(group: Group, rules: string): Diagnostic {
  const labels = firstOfEach(group)
    .flatMap((one) => labelOf(one, rules))
    .slice(0, MOST_LABELS);
  const [first] = group;
  const unplaced =
    labels.length > 0 ? [] : [`${packetWords(first.witness.packet)}: ${differenceText(first, rules)}.`];
  const rest = group.length - Math.max(labels.length, 1);
  const others = rest === 0 ? [] : [`The same goes for ${countOf(rest, 'more packet')}.`];
  return {
    code: codeOf(first),
    labels,
    detail: [...unplaced, ...(first.cause === '' ? [] : [first.cause]), ...others].join('\n'),
  };
}

/** Of each entry, in the order in which they come up. */
function firstOfEach(group: Group): Deviation[] {
  const firsts = new Map<Deviation['witness']['about'], Deviation>();
  for (const one of group) if (!firsts.has(one.witness.about)) firsts.set(one.witness.about, one);
  return [...firsts.values()];
}

function labelOf(deviation: Deviation, rules: string): Label[] {
  const { about, packet } = deviation.witness;
  if (about === undefined) return [];
  return [{ span: about.origin, text: `${packetWords(packet)}: ${differenceText(deviation, rules)}` }];
}

function differenceText({ wanted, got, witness }: Deviation, rules: string): string {
  const { decided, about, cameInBy } = witness;
  const conn = cameInBy ?? (decided.entry === about ? undefined : decided.entry?.conn);
  const whose = conn === undefined ? '' : ` for ${conn}`;
  return `the policy says ${wanted}${whose}, the ${rules} ${got}`;
}

const MOST_RULES = 5;

function doubtful(unsure: readonly Compared[]): Diagnostic[] {
  const rules = [...new Set(unsure.flatMap(({ doubts }) => doubts))];
  if (rules.length === 0) return [];
  const more = rules.length > MOST_RULES ? [`and ${String(rules.length - MOST_RULES)} more`] : [];
  const list = [...rules.slice(0, MOST_RULES), ...more].map((line) => `    ${decoded(line)}`).join('\n');
  const detail = `Whether these rules matter to ${countOf(unsure.length, 'packet')} cannot be said here. What is said holds if none does:\n${list}`;
  return [{ code: 'SM4007', labels: [], detail }];
}
