import { setTimeout } from 'node:timers/promises';
import type { BackendName } from '../src/system/backend.ts';
import type { Gateway, Settled } from './gateway.ts';
import { compare, isDone, openGateway } from './gateway.ts';
import type { Race, Raced, Score } from './race.ts';
import { openScore } from './race.ts';
import { counted, during } from './stock.ts';

/** A firewall puts its whole table in the place of what is there, ours included. */
export const reload: Race = {
  name: 'reload',
  what: 'a firewall loads its whole table, ours is gone',
  rounds: 100,
  run: (backend, rounds) => run(backend, rounds, WHOLE),
};

/** A firewall fills its own chains again, and moves its jump to them to the front. */
export const refill: Race = {
  name: 'refill',
  what: 'a firewall loads its chains with --noflush',
  rounds: 75,
  run: (backend, rounds) => run(backend, rounds, BESIDE),
};

interface Firewall {
  readonly options: readonly string[];
  readonly script: (version: number) => string;
  /** How it is after that, as iptables-save prints it. */
  readonly rules: (version: number) => string[];
  /** Whether it takes our rules away. */
  readonly flushes: boolean;
  /** Milliseconds until it writes again; one after the other. */
  readonly pauses: readonly number[];
}

function chainsOf(version: number): string[] {
  const comment = `-m comment --comment v${String(version)}`;
  return [
    ...['PREROUTING', 'OUTPUT'].map((chain) => `-A ${chain} -j FIREWALL`),
    ...[22, 80, 443].map((port) => `-A FIREWALL -p tcp -m tcp --dport ${String(port)} ${comment} -j ACCEPT`),
    `-A FIREWALL -p icmp ${comment} -j RETURN`,
  ];
}

const WHOLE: Firewall = {
  options: [],
  script: (version) => `*mangle\n:FIREWALL - [0:0]\n${chainsOf(version).join('\n')}\nCOMMIT\n`,
  rules: chainsOf,
  flushes: true,
  pauses: [0, 150, 10, 400, 40, 80],
};

const BESIDE: Firewall = {
  options: ['--noflush'],
  script: (version) =>
    [
      '*mangle',
      ':FIREWALL - [0:0]',
      ...chainsOf(version).filter((line) => line.startsWith('-A FIREWALL')),
      ...['PREROUTING', 'OUTPUT'].flatMap((chain) => [
        `-D ${chain} -j FIREWALL`,
        `-I ${chain} 1 -j FIREWALL`,
      ]),
      'COMMIT\n',
    ].join('\n'),
  rules: chainsOf,
  flushes: false,
  pauses: [0, 0, 0, 0, 20],
};

async function run(backend: BackendName, rounds: number, firewall: Firewall): Promise<Raced> {
  const gateway = await openGateway(backend);
  try {
    const score = openScore();
    let version = 0;
    const load = async (): Promise<void> => {
      if (await loaded(gateway, score, { ...firewall, version: version + 1 })) version += 1;
    };
    await loaded(gateway, score, { ...firewall, options: ['--noflush'], script: WHOLE.script, version });
    const { routing } = await gateway.held();
    let turn = 0;
    let standing: Settled = gateway.policies[0];
    for (; score.rounds < rounds; score.rounds += 1) {
      const next = gateway.policies[(score.rounds + 1) % gateway.policies.length] ?? standing;
      const outcome = await during(gateway.run('apply', next.file), async () => {
        turn += 1;
        await setTimeout(firewall.pauses[turn % firewall.pauses.length]);
        await load();
      });
      if (isDone(score, outcome)) standing = next;
      const ours = [standing.rules, ...(firewall.flushes ? [''] : [])];
      await compare(gateway, score, { ours, theirs: firewall.rules(version), routing });
      // with nobody else there it has to be as it should be
      if (isDone(score, await gateway.run('apply', next.file))) standing = next;
      await compare(gateway, score, { ours: [next.rules], theirs: firewall.rules(version), routing });
    }
    return score;
  } finally {
    await gateway.close();
  }
}

interface Load extends Firewall {
  readonly version: number;
}

async function loaded({ gateway, tools }: Gateway, score: Score, load: Load): Promise<boolean> {
  const argv = [tools.backend.restore, ...load.options] as const;
  return counted(score, await gateway.execute({ argv, stdin: load.script(load.version) }));
}
