import type { BackendName } from '../src/system/backend.ts';
import type { Outcome } from '../src/system/execute.ts';
import { EXIT } from '../src/cli/exit-codes.ts';
import type { GatewayLab } from '../test/support/gateway-lab.ts';
import { openGatewayLab } from '../test/support/gateway-lab.ts';
import type { Score } from './race.ts';

/** A policy, and the rules that a host has by it, as they are when nobody else writes. */
export interface Settled {
  readonly file: string;
  readonly rules: string;
}

/** What a host has: rules of ours and routing as text, rules of others one by one. */
interface Held {
  readonly ours: string;
  readonly theirs: readonly string[];
  readonly routing: string;
}

export interface Gateway extends GatewayLab {
  readonly policies: readonly [Settled, ...Settled[]];
  /** One call on the mangle table, in the words of iptables. */
  readonly iptables: (...words: readonly string[]) => Promise<Outcome>;
  readonly held: () => Promise<Held>;
}

/** SArefs change, entries come and go, and so do the chains that hold them and the shape of the frame. */
const POLICIES = [
  { first: 1, conns: 12, keys: 'layout: rules' },
  { first: 101, conns: 12, keys: 'layout: rules' },
  { first: 51, conns: 16, keys: 'layout: tree' },
  { first: 1, conns: 9, keys: 'layout: rules\ntracking: flow' },
] as const;

function policyText({ first, conns, keys }: (typeof POLICIES)[number]): string {
  const numbers = Array.from({ length: conns }, (_, number) => number);
  return [
    'version: 1',
    keys,
    'sarefs:',
    ...numbers.map((number) => `  conn-${String(number)}: ${String(first + number)}`),
    'entries:',
    ...numbers.map((number) => `  - { conn: conn-${String(number)}, dst: 10.77.${String(number)}.0/24 }`),
    '',
  ].join('\n');
}

/**
 * With the first of its policies on it.
 *
 * @param standing a rule of others that is always there, in the words of iptables: what ours are depends on it
 */
export async function openGateway(backend: BackendName, standing: readonly string[] = []): Promise<Gateway> {
  const lab = await openGatewayLab(backend);
  const tool = lab.tools.backend.restore.replace(/-restore$/, '');
  const iptables: Gateway['iptables'] = (...words) =>
    lab.gateway.execute({ argv: [tool, '-t', 'mangle', ...words] });
  try {
    const held = (): Promise<Held> => heldBy(lab);
    if (standing.length > 0) {
      await mustApply(lab, await lab.write('first.yaml', policyText(POLICIES[0])));
      await iptables(...standing);
    }
    const policies: Settled[] = [];
    for (const [index, policy] of [...POLICIES.entries()].toReversed()) {
      const file = await lab.write(`policy-${String(index)}.yaml`, policyText(policy));
      await mustApply(lab, file);
      policies.unshift({ file, rules: (await held()).ours });
    }
    const [first, ...others] = policies as [Settled, ...Settled[]];
    return { ...lab, policies: [first, ...others], iptables, held };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

async function mustApply(lab: GatewayLab, file: string): Promise<void> {
  const { exitCode, stderr } = await lab.run('apply', file);
  if (exitCode !== EXIT.done) throw new Error(`apply of ${file}, with nobody else there: ${stderr}`);
}

/** Read without any part of the program but the call of iptables-save. */
async function heldBy({ tools, gateway }: GatewayLab): Promise<Held> {
  const table = await tools.readTable();
  const [ipRules, routes] = [
    await gateway.mustRun({ argv: ['ip', '-4', 'rule', 'show'] }),
    await gateway.mustRun({ argv: ['ip', '-4', 'route', 'show', 'table', '50'] }),
  ];
  return { ...ownersOf(table), routing: ipRules + routes };
}

/** @param table as iptables-save prints it */
export function ownersOf(table: string): Pick<Held, 'ours' | 'theirs'> {
  const rules = table.split('\n').filter((line) => line.startsWith('-A '));
  return {
    ours: rules.filter((rule) => OURS.test(rule)).join('\n'),
    theirs: rules.filter((rule) => !OURS.test(rule)),
  };
}

/** Chains of ours, the frame, and what we put into a chain of others. */
const OURS = /^-A (?:SAREF-|IPSEC )| -j IPSEC$|--comment saref-mark /;

interface Expected {
  /** What is to be found of ours. */
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  readonly routing: string;
}

/** Writes down what was lost. */
export async function compare({ held }: Gateway, score: Score, expected: Expected): Promise<void> {
  const losses = lossesOf(await held(), expected);
  score.lost.push(...losses.map((loss) => `round ${String(score.rounds)}, ${loss}`));
}

/** What is missing of either, or there twice, or not in its order. */
export function lossesOf(now: Held, { ours, theirs, routing }: Expected): string[] {
  const [there, wanted] = [now.theirs.join('\n'), theirs.join('\n')];
  return [
    ...(ours.includes(now.ours) ? [] : [`ours:\n${now.ours}`]),
    ...(there === wanted ? [] : [`theirs: there is\n${there}\ninstead of\n${wanted}`]),
    ...(now.routing === routing ? [] : [`routing:\n${now.routing}`]),
  ];
}

/** Counts how a run of ours ended; true where it wrote. */
export function isDone(score: Score, { exitCode, stderr }: Outcome): boolean {
  if (exitCode === EXIT.done) score.done += 1;
  else if (exitCode === EXIT.locked) score.later += 1;
  else score.lost.push(`round ${String(score.rounds)}, exit code ${String(exitCode)}: ${stderr}`);
  return exitCode === EXIT.done;
}
