import { setTimeout } from 'node:timers/promises';
import type { HostState } from '../src/host/state.ts';
import type { Layout } from '../src/lower/layout.ts';
import type { BackendName } from '../src/system/backend.ts';
import { compiledOf } from '../test/support/compiled.ts';
import type { Ground } from './ground.ts';
import { openGround, passingIn, runFolders, stateFiles } from './ground.ts';
import type { Seen, Verdict } from './judge.ts';
import { differenceText, judge, see } from './judge.ts';
import type { Files, Operation } from './operation.ts';
import { policyTexts } from './policies.ts';
import type { Died, Kill } from './victim.ts';
import { runVictim, survivorsOf, untilAlone } from './victim.ts';

/** One row of the matrix. */
export interface Subject {
  readonly operation: Operation;
  readonly backend: BackendName;
  readonly layout: Layout;
}

/** What a subject does when nobody kills it. */
export interface Reference {
  readonly subject: Subject;
  readonly ours: HostState;
  readonly old: Seen;
  readonly wanted: Seen;
  readonly unharmed: Died;
}

export const ENDINGS = ['recover', 'next run'] as const;
export type Ending = (typeof ENDINGS)[number];

export interface Round {
  readonly kill: Kill;
  readonly ending: Ending;
  /** Whether it was killed before it was done by itself. */
  readonly isKilled: boolean;
  readonly died: Verdict;
  readonly ended: Verdict;
  /** Whatever is not as it has to be. */
  readonly losses: readonly string[];
}

/** On a ground in the old state, which is gone afterwards with all that runs there. */
export async function prepared<T>(
  { operation, backend, layout }: Subject,
  work: (ground: Ground, files: Files, said: string) => Promise<T>,
): Promise<T> {
  const ground = await openGround(backend);
  try {
    const { first, second, small } = policyTexts(layout);
    const files = {
      first: await ground.write('first.yaml', first),
      second: await ground.write('second.yaml', second),
      small: await ground.write('small.yaml', small),
    };
    return await work(ground, files, await operation.prepare(ground, files));
  } finally {
    for (const { pid } of survivorsOf(ground)) process.kill(pid, 'SIGKILL');
    await ground.close();
  }
}

/** Both policies know the same tables, switches and sets. */
function oursOf(layout: Layout): HostState {
  return compiledOf(policyTexts(layout).second, 'second.yaml', { hasSets: true }).ours;
}

export function takeReference(subject: Subject): Promise<Reference> {
  const ours = oursOf(subject.layout);
  return prepared(subject, async (ground, files, said) => {
    const old = await see(ground, ours);
    const unharmed = await runVictim(ground, subject.operation.args(files, said), { kind: 'never' });
    // a rehearsal on a busy machine may not see all of its packets in time
    if (unharmed.exitCode !== 0 && unharmed.exitCode !== 5)
      throw new Error(`${subject.operation.name} fails: ${unharmed.stderr}`);
    const wanted = await see(ground, ours);
    return { subject, ours, old, wanted, unharmed };
  });
}

export function runRound(reference: Reference, kill: Kill, ending: Ending): Promise<Round> {
  const { subject, ours, old, wanted } = reference;
  const { operation } = subject;
  return prepared(subject, async (ground, files, said) => {
    const victim = await runVictim(ground, operation.args(files, said), kill);
    const isLate = kill.kind === 'command' && kill.moment === 'late';
    if (!isLate) await untilAlone(ground, 5);
    const died = judge(await see(ground, ours), old, wanted);
    const args = ending === 'recover' ? (['recover'] as const) : (['apply', files[operation.next]] as const);
    const next = await ground.run(...args);
    const left = await untilAlone(ground, 5);
    const seen = await see(ground, ours);
    const ended = judge(seen, old, wanted);
    const must = ending === 'recover' ? undefined : operation.nextEnds;
    const losses = [
      ...(died.kind === 'loss' ? [`killed: ${died.why}`] : []),
      ...(next.exitCode === 0 ? [] : [`${ending}: exit code ${String(next.exitCode)}: ${next.stderr}`]),
      ...(ended.kind === 'old' || ended.kind === 'new'
        ? []
        : [`${ending}: neither old nor new\n${differenceText(seen, old)}`]),
      ...(must === undefined || operation.isPassing || ended.kind === must ? [] : [`${ending}: not ${must}`]),
      ...left.map((command) => `still runs: ${command}`),
      ...passingIn(seen.text).map((line) => `left over: ${line}`),
      ...(await leftovers(ground)),
      ...(ending === 'recover' ? await statusLosses(ground) : []),
    ];
    return { kill, ending, isKilled: victim.isKilled, died, ended, losses };
  });
}

/** What a recovery leaves that it should not. */
export async function leftovers(ground: Ground): Promise<string[]> {
  const files = stateFiles(ground);
  const { token } = JSON.parse(files.get('pending.json') ?? '{}') as { readonly token?: string };
  const isWatched = survivorsOf(ground).some(
    ({ command }) => command.includes('watchdog.js') && command.endsWith(` ${token ?? ''}`),
  );
  const folders = await runFolders(ground);
  return [
    ...(files.has('journal.json') ? ['a journal is left'] : []),
    ...(token !== undefined && !isWatched ? ['nobody waits for the confirmation'] : []),
    ...folders.map((name) => `a cgroup is left: ${name}`),
    ...(token === undefined ? await lonelyWatchdogs(ground) : []),
  ];
}

/** Whether what is kept of the changes agrees with the host. */
async function statusLosses(ground: Ground): Promise<string[]> {
  const { stdout, stderr } = await ground.run('status', '--output', 'json');
  if (stdout === '') return [`status: ${stderr}`];
  const { drift, interrupted } = JSON.parse(stdout) as {
    readonly drift: readonly string[];
    readonly interrupted: unknown;
  };
  return [
    ...drift.map((line) => `status: ${line}`),
    ...(interrupted === null ? [] : ['status: interrupted']),
  ];
}

/** They see within a second that it is over. */
async function lonelyWatchdogs(ground: Ground): Promise<string[]> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (survivorsOf(ground).length === 0) return [];
    await setTimeout(50);
  }
  return survivorsOf(ground).map(({ command }) => `still waits: ${command}`);
}
