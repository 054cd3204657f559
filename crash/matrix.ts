import { ENDINGS, runRound, takeReference } from './round.ts';
import type { Reference, Round, Subject } from './round.ts';
import type { Kill } from './victim.ts';

/** How much of it is run. */
export interface Extent {
  /** One step of so many of a subject, another one of the next subject; 1 is all of them. */
  readonly every: number;
  /** Kills at random moments, over all subjects. */
  readonly random: number;
  /** Rounds at once. */
  readonly jobs: number;
}

/** A subject with all of its rounds. */
export interface Row {
  readonly reference: Reference;
  readonly rounds: readonly Round[];
}

/** Every command that writes, in front of it, behind it and as it goes on alone, and every change of a file. */
function stepsOf({ unharmed: { commands, changes } }: Reference): Kill[] {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
  return [
    ...upTo(commands).flatMap((n) =>
      (['before', 'after', 'late'] as const).map((moment) => ({ kind: 'command' as const, n, moment })),
    ),
    ...upTo(changes).map((n) => ({ kind: 'file' as const, n })),
  ];
}

/** Within the time that it takes, and a little more. */
function someMoment({ unharmed: { tookMs } }: Reference): Kill {
  return { kind: 'time', ms: Math.round(Math.random() * tookMs * 1.1) };
}

export async function runMatrix(
  subjects: readonly Subject[],
  { every, random, jobs }: Extent,
  tell: (text: string) => void,
): Promise<Row[]> {
  const references = await inParallel(subjects, jobs, takeReference);
  const rounds = [
    ...references.flatMap((reference, at) =>
      stepsOf(reference)
        .filter((_, index) => index === 0 || (index + at) % every === 0)
        .map((kill) => ({ reference, kill })),
    ),
    ...Array.from({ length: random }, (_, at) => {
      const reference = references[at % references.length] as Reference;
      return { reference, kill: someMoment(reference) };
    }),
  ];
  let done = 0;
  const run = await inParallel(rounds, jobs, async ({ reference, kill }, index) => {
    const round = await runRound(reference, kill, ENDINGS[index % ENDINGS.length] as Round['ending']);
    done += 1;
    for (const loss of round.losses) tell(lossText(reference.subject, round, loss));
    if (done % 50 === 0) tell(`${String(done)} of ${String(rounds.length)} rounds`);
    return { reference, round };
  });
  return references.map((reference) => ({
    reference,
    rounds: run.filter((one) => one.reference === reference).map(({ round }) => round),
  }));
}

/** What it takes to run it again. */
function lossText({ operation, backend, layout }: Subject, { kill, ending }: Round, loss: string): string {
  return `LOSS ${operation.name}, ${backend}, ${layout}, ${JSON.stringify(kill)}, ${ending}:\n${loss}`;
}

export async function inParallel<One, Result>(
  all: readonly One[],
  jobs: number,
  work: (one: One, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...all.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, one] = next;
      results[index] = await work(one, index);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results;
}
