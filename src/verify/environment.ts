import { meaningsOf } from '../delta/meaning.ts';
import type { Step } from '../delta/step.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { decoded } from '../domain/decoded.ts';
import type { HostState } from '../host/state.ts';
import { deviceSwitch } from '../host/sysctl.ts';
import type { Check } from './check.ts';
import { checkOf } from './check.ts';

export interface Surroundings {
  readonly live: HostState;
  readonly target: HostState;
  /** What an apply would do now. */
  readonly steps: readonly Step[];
}

/** Everything that the host should hold beside the decisions of its rules, area by area. */
export function checkEnvironment(around: Surroundings): Check[] {
  return [
    checkDevice(around),
    checkRules(around),
    ...checkSets(around),
    checkIpRules(around),
    checkRoutes(around),
    checkSwitches(around),
    checkReversePath(around),
  ];
}

/** Whether marked packets may go another way for what is wrong there: the trace need not say it again. */
export function isRoutingAmiss({ live, steps }: Surroundings): boolean {
  return live.link.state !== 'up' || steps.some(({ tool }) => tool === 'ip');
}

export function checkDevice({ live, steps }: Pick<Surroundings, 'live' | 'steps'>): Check {
  const { name, state } = live.link;
  const absent: Diagnostic[] =
    state === 'absent'
      ? [
          {
            code: 'SM3003',
            labels: [],
            detail: `There is no network device ${name}: marked packets have no way out.`,
            help: 'pluto makes the device when it starts in mast mode:\nipsec auto --status',
          },
        ]
      : [];
  const text = state === 'absent' ? `there is no ${name}` : `${name} is ${state}`;
  return checkOf({
    name: 'mast device',
    text,
    diagnostics: [...absent, ...toBeDone(ipSteps(steps, 'link'))],
  });
}

function checkRules({ steps }: Surroundings): Check {
  const changes = steps.flatMap((step) => (step.tool === 'iptables-restore' ? [step] : []));
  const lines = changes.flatMap(({ script }) => script.split('\n').filter((line) => /^[-:]/.test(line)));
  const meanings = [...new Set(changes.flatMap(meaningsOf))];
  const tables = [...new Set(changes.map(({ table }) => table))];
  const where = `the ${tables.join(' and ')} table${tables.length === 1 ? '' : 's'}`;
  const detail = [...meanings, `What is to be done to ${where}:`, ...shown(lines)].join('\n');
  const diagnostics = changes.length === 0 ? [] : [differing(detail)];
  const text =
    diagnostics.length === 0
      ? 'all of the policy, in their order, and no others among them'
      : 'not those of the policy';
  return checkOf({ name: 'rules', text, diagnostics });
}

/** Of a script: more would bury the rest of a report. */
export const MOST_LINES = 10;

function shown(lines: readonly string[]): string[] {
  const list = lines.slice(0, MOST_LINES).map((line) => `    ${decoded(line)}`);
  return lines.length > MOST_LINES ? [...list, `    and ${String(lines.length - MOST_LINES)} more`] : list;
}

/**
 * Of a policy that has any. A set without marks, or an element without, lets packets out in clear, and neither
 * ipset nor the rule that asks it says a word.
 */
function checkSets({ target, steps }: Surroundings): Check[] {
  const changes = steps.flatMap((step) => (step.tool === 'ipset' ? [step] : []));
  if (target.sets.size === 0 && changes.length === 0) return [];
  const lines = changes.flatMap(({ script }) => script.trimEnd().split('\n'));
  const diagnostics =
    lines.length === 0 ? [] : [differing(['What is to be done by ipset:', ...shown(lines)].join('\n'))];
  const count = [...target.sets.values()].reduce((sum, { elements }) => sum + elements.size, 0);
  const text =
    lines.length === 0 ? `all ${String(count)} elements, each with its mark` : 'not those of the policy';
  return [checkOf({ name: 'sets', text, diagnostics })];
}

function checkIpRules({ target, steps }: Surroundings): Check {
  const diagnostics = toBeDone(ipSteps(steps, 'rule'));
  const count = String(target.ipRules.length);
  const text =
    diagnostics.length === 0 ? `all ${count} are there, in their order` : 'missing, or not in their order';
  return checkOf({ name: 'ip rules', text, diagnostics });
}

function checkRoutes({ live, target, steps }: Surroundings): Check {
  const { table, routes } = target.routes;
  const strays = live.routes.routes.filter(
    ({ words }) => !routes.some((own) => own.words === words) && !isSafe(words, live.link.name),
  );
  const list = strays.map(({ words }) => `    ${decoded(words)}`).join('\n');
  const astray =
    strays.length === 0 ? [] : [differing(`Table ${String(table)} leads marked packets elsewhere:\n${list}`)];
  const diagnostics = [...toBeDone(ipSteps(steps, 'route')), ...astray];
  const text =
    diagnostics.length === 0
      ? `table ${String(table)} leads to ${live.link.name}, and to nowhere without it`
      : `table ${String(table)} is not as it should be`;
  return checkOf({ name: 'routes', text, diagnostics });
}

/** Whether no packet can leave in clear by a route: it is refused, or goes to mast. */
function isSafe(words: string, device: string): boolean {
  return /^(?:unreachable|blackhole|prohibit|throw) /.test(words) || ` ${words} `.includes(` dev ${device} `);
}

function checkSwitches({ steps }: Surroundings): Check {
  const amiss = steps.filter((step) => step.tool === 'sysctl' && !isSourceMark(step));
  const text = amiss.length === 0 ? 'fwmark_reflect and tcp_fwmark_accept are off' : 'not as they should be';
  return checkOf({ name: 'switches', text, diagnostics: toBeDone(amiss) });
}

function isSourceMark(step: Step): boolean {
  return step.tool === 'sysctl' && step.key.endsWith('.src_valid_mark');
}

/** Switches beside ours that say whether the reverse path filter works; for a device, and for all. */
export function reversePathKeys({ link }: HostState): string[] {
  return ['all', link.name].map((name) => deviceSwitch(name, 'rp_filter'));
}

/** The kernel takes the stricter filter of the device's and that of all, and either's src_valid_mark. */
function checkReversePath({ live, steps }: Surroundings): Check {
  const name = 'reverse path';
  const isFiltering = reversePathKeys(live).some((key) => live.sysctls.get(key) === true);
  const filter = `rp_filter is ${isFiltering ? 'on' : 'off'}`;
  const amiss = steps.filter(isSourceMark);
  if (amiss.length === 0) return checkOf({ name, text: `src_valid_mark is on; ${filter}`, diagnostics: [] });
  const isOnForAll = live.sysctls.get(ALL_SOURCE_MARK) === true;
  const isDropping = isFiltering && !isOnForAll;
  const meaning = isDropping ? amiss.flatMap(meaningsOf) : [LATENT];
  const detail = [...meaning, `src_valid_mark is off for ${live.link.name}; ${filter}.`].join('\n');
  return checkOf({ name, text: `src_valid_mark is off; ${filter}`, diagnostics: [differing(detail)] });
}

export const ALL_SOURCE_MARK = 'net.ipv4.conf.all.src_valid_mark';

const LATENT =
  'Nothing is dropped as it is now, but all that mast decapsulates will be once the filter is set.';

function ipSteps(steps: readonly Step[], object: string): Step[] {
  return steps.filter((step) => step.tool === 'ip' && step.args[0] === object);
}

function toBeDone(steps: readonly Step[]): Diagnostic[] {
  return steps.length === 0 ? [] : [differing(steps.flatMap(meaningsOf).join('\n'))];
}

function differing(detail: string): Diagnostic {
  return { code: 'SM4008', labels: [], detail, help: 'put it right:\nsaref-mark apply POLICY.yaml' };
}
