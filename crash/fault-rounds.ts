import type { BackendName } from '../src/system/backend.ts';
import type { Fault } from './faults.ts';
import { faultsOf } from './faults.ts';
import { passingIn } from './ground.ts';
import type { Verdict } from './judge.ts';
import { judge, see } from './judge.ts';
import { inParallel } from './matrix.ts';
import { OPERATIONS } from './operation.ts';
import type { Reference } from './round.ts';
import { leftovers, prepared, takeReference } from './round.ts';
import { runVictim, untilAlone } from './victim.ts';

/** A run in which something went wrong. */
export interface FaultRound {
  readonly fault: string;
  readonly backend: BackendName;
  readonly exitCode: number | null;
  readonly left: Verdict['kind'];
  readonly ended: Verdict['kind'];
  readonly losses: readonly string[];
}

/** What a run says of itself has to be so: done, or as before. Repaired, the host is in one of the two. */
async function runFault({ subject, ours, old, wanted }: Reference, fault: Fault): Promise<FaultRound> {
  return prepared(subject, async (ground, files, said) => {
    await fault.arrange?.(ground);
    const [command, ...args] = subject.operation.args(files, said);
    const ran = await runVictim(ground, [command, '--wait', '1', ...args], fault.kill);
    const survivors = await untilAlone(ground, 5);
    await fault.repair?.(ground);
    const left = judge(await see(ground, ours), old, wanted);
    // rules that running flows need are left, and it is said that the policy is to be applied again
    const isUnfinished = ran.exitCode === 0 && left.kind === 'between' && ran.stderr.includes('SM3101');
    const ending = isUnfinished ? (['apply', files.second] as const) : (['recover'] as const);
    const next = await ground.run(...ending);
    const seen = await see(ground, ours);
    const ended = judge(seen, old, wanted);
    const isSaid =
      isUnfinished ||
      (ran.exitCode === 4 ? fault.lasts === true : left.kind === (ran.exitCode === 0 ? 'new' : 'old'));
    const losses = [
      ...(isSaid && left.kind !== 'loss'
        ? []
        : [`exit code ${String(ran.exitCode)}, ${left.kind}: ${ran.stderr}`]),
      ...(ran.stderr.includes('SM9') ? [ran.stderr] : []),
      ...(next.exitCode === 0 ? [] : [`${ending[0]}: ${next.stderr}`]),
      ...(ended.kind === 'old' || ended.kind === 'new' ? [] : [`${ending[0]}: neither old nor new`]),
      ...survivors.map((one) => `still runs: ${one}`),
      ...passingIn(seen.text).map((line) => `left over: ${line}`),
      ...(await leftovers(ground)),
    ];
    const { name } = fault;
    return {
      fault: name,
      backend: subject.backend,
      exitCode: ran.exitCode,
      left: left.kind,
      ended: ended.kind,
      losses,
    };
  });
}

/** One that hangs takes a minute, and nothing of the processor. */
const AT_ONCE = 8;

/** A change that has to be confirmed, which has the most steps of all. */
export async function runFaults(
  backends: readonly BackendName[],
  every: number,
  tell: (text: string) => void,
): Promise<FaultRound[]> {
  const operation = OPERATIONS.find(({ name }) => name === 'apply --confirm');
  if (operation === undefined) return [];
  const subjects = backends.map((backend) => ({ operation, backend, layout: 'sets' as const }));
  const references = await inParallel(subjects, 1, takeReference);
  const rounds = references.flatMap((reference, at) =>
    faultsOf(reference.subject.backend, reference.unharmed)
      .filter((_, index) => (index + at) % every === 0)
      .map((fault) => ({ reference, fault })),
  );
  return inParallel(rounds, AT_ONCE, async ({ reference, fault }) => {
    const round = await runFault(reference, fault);
    for (const loss of round.losses)
      tell(`LOSS ${fault.name}, ${round.backend}, ${JSON.stringify(fault.kill)}:\n${loss}`);
    return round;
  });
}
