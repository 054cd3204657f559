import { EXIT } from '../src/cli/exit-codes.ts';
import { openNeighbour } from '../src/system/namespace.ts';
import type { BackendName } from '../src/system/backend.ts';
import type { Namespace } from '../src/system/namespace.ts';
import { openOperator } from '../test/support/gateway-lab.ts';
import type { Gateway, Settled } from './gateway.ts';
import { compare, isDone, openGateway } from './gateway.ts';
import type { Race, Raced, Score } from './race.ts';
import { openScore } from './race.ts';

/** Several runs of ours want different things at once: each of them waits for the one before. */
export const several: Race = {
  name: 'several',
  what: 'three saref-marks at once, one of which does not wait',
  rounds: 50,
  run: runSeveral,
};

/** Two network namespaces have the same /run and /var/lib: nobody waits for the other. */
export const namespaces: Race = {
  name: 'namespaces',
  what: 'saref-mark in two network namespaces at once',
  rounds: 50,
  run: runNamespaces,
};

interface StatusJson {
  readonly last: { readonly policy: { readonly name: string } } | null;
  readonly drift: readonly string[];
  readonly interrupted: unknown;
}

async function runSeveral(backend: BackendName, rounds: number): Promise<Raced> {
  const gateway = await openGateway(backend);
  try {
    const score = openScore();
    const { routing } = await gateway.held();
    let standing: readonly Settled[] = [gateway.policies[0]];
    for (; score.rounds < rounds; score.rounds += 1) {
      const wanted = [0, 1, 2].map((index) => policyAt(gateway, score.rounds + index));
      const outcomes = await Promise.all(
        wanted.map(({ file }, index) => gateway.run('apply', file, '--wait', index === 2 ? '0' : '60')),
      );
      const done = wanted.filter((_, index) => outcomes[index]?.exitCode === EXIT.done);
      for (const outcome of outcomes) isDone(score, outcome);
      if (done.length > 0) standing = done;
      await compare(gateway, score, { ours: standing.map(({ rules }) => rules), theirs: [], routing });
      await compareState(gateway, score);
    }
    return score;
  } finally {
    await gateway.close();
  }
}

function policyAt({ policies }: Gateway, place: number): Settled {
  return policies[place % policies.length] ?? policies[0];
}

/** What is written down is what is there. */
async function compareState(gateway: Gateway, score: Score): Promise<void> {
  const { stdout } = await gateway.run('status', '--output', 'json');
  const { last, drift, interrupted } = JSON.parse(stdout) as StatusJson;
  const { ours } = await gateway.held();
  const named = gateway.policies.find(({ file }) => file === last?.policy.name);
  if (named?.rules !== ours || drift.length > 0 || interrupted !== null)
    score.lost.push(`round ${String(score.rounds)}, what is kept of it: ${stdout}`);
}

async function runNamespaces(backend: BackendName, rounds: number): Promise<Raced> {
  const gateway = await openGateway(backend);
  const other = await openNeighbour(gateway.gateway);
  const operator = await openOperator(other, backend);
  try {
    const score = openScore();
    await addMast(other);
    const { routing } = await gateway.held();
    for (; score.rounds < rounds; score.rounds += 1) {
      const [here, there] = [policyAt(gateway, score.rounds + 1), policyAt(gateway, score.rounds + 2)];
      const outcomes = await Promise.all([
        gateway.run('apply', here.file, '--wait', '0'),
        operator.run('apply', there.file, '--wait', '0'),
      ]);
      for (const outcome of outcomes)
        if (!isDone(score, outcome)) score.lost.push(`round ${String(score.rounds)}: ${outcome.stderr}`);
      await compare(gateway, score, { ours: [here.rules], theirs: [], routing });
      // the state of the one is not that of the other
      const { exitCode } = await operator.run('diff', there.file, '--detailed-exitcode');
      if (exitCode !== EXIT.done) score.lost.push(`round ${String(score.rounds)}, in the other namespace`);
    }
    return score;
  } finally {
    await operator.leave();
    await other.close();
    await gateway.close();
  }
}

async function addMast(host: Namespace): Promise<void> {
  const lines = [
    'link set dev lo up',
    'link add mast0 type veth peer name far',
    'link set dev mast0 arp off up',
    'link set dev far up',
  ];
  await host.mustRun({ argv: ['ip', '-batch', '-'], stdin: `${lines.join('\n')}\n` });
}
