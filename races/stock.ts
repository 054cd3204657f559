import { EXIT } from '../src/cli/exit-codes.ts';
import type { BackendName } from '../src/system/backend.ts';
import type { Outcome } from '../src/system/execute.ts';
import { stockWords } from '../bench/lab/peer-text.ts';
import type { BenchConn } from '../bench/lab/policy-text.ts';
import { benchConns } from '../bench/lab/policy-text.ts';
import { STOCK_LINES } from '../test/support/stock.ts';
import type { Gateway, Settled } from './gateway.ts';
import { compare, isDone, openGateway } from './gateway.ts';
import type { Race, Raced, Score } from './race.ts';
import { openScore } from './race.ts';

/** SAs come up and go as fast as the stock script's calls can be made, from the first to the last moment of an apply. */
export const stock: Race = {
  name: 'stock',
  what: 'SAs come and go by the calls of the stock updown script',
  rounds: 225,
  run,
};

async function run(backend: BackendName, rounds: number): Promise<Raced> {
  const gateway = await openGateway(backend, ['-I', 'NEW_IPSEC_CONN', '1', ...stockWords(FIRST)]);
  try {
    const score = openScore();
    const script = stockScript(gateway, score);
    const { routing } = await gateway.held();
    let standing: Settled = gateway.policies[0];
    for (; score.rounds < rounds; score.rounds += 1) {
      const next = gateway.policies[(score.rounds + 1) % gateway.policies.length] ?? standing;
      const outcome = await during(gateway.run('apply', next.file), script.next);
      if (isDone(score, outcome)) standing = next;
      await compare(gateway, score, { ours: [standing.rules], theirs: script.rules(), routing });
    }
    return score;
  } finally {
    await gateway.close();
  }
}

/** Does one thing after the other as long as ours is running. */
export async function during(ours: Promise<Outcome>, next: () => Promise<void>): Promise<Outcome> {
  const state = { isOver: false };
  const ended = ours.finally(() => {
    state.isOver = true;
  });
  while (!state.isOver) await next();
  return ended;
}

interface Script {
  /** Adds an SA or takes one away, or looks whether the chain IPSEC is the one that it made. */
  readonly next: () => Promise<void>;
  /** What it has added and not taken away, as iptables-save prints it: the newest first. */
  readonly rules: () => string[];
}

/** At once. */
const MOST_SAS = 20;
const [FIRST, ...CONNS] = benchConns(200) as [BenchConn, ...BenchConn[]];

function stockScript({ iptables }: Gateway, score: Score): Script {
  const up: BenchConn[] = [];
  let turn = 0;
  const add = async (): Promise<void> => {
    const conn = CONNS[turn % CONNS.length] as BenchConn;
    if (up.includes(conn)) return;
    if (counted(score, await iptables('-I', 'NEW_IPSEC_CONN', '1', ...stockWords(conn)))) up.unshift(conn);
  };
  const remove = async (): Promise<void> => {
    const [conn] = up.slice(Math.floor(up.length / 2));
    if (conn !== undefined && counted(score, await iptables('-D', 'NEW_IPSEC_CONN', ...stockWords(conn))))
      up.splice(up.indexOf(conn), 1);
  };
  return {
    async next() {
      turn += 1;
      if (turn % 7 === 0) await lookAtFrame(iptables, score);
      else if (turn % 5 < 3 && up.length < MOST_SAS) await add();
      else await remove();
    },
    rules: () =>
      [...up, FIRST].map(
        ({ network, name, mark }) =>
          `-A NEW_IPSEC_CONN -d ${network} -m mark --mark 0x0/0x80000000 -m comment --comment ${name} -j MARK --set-xmark ${mark}/0xffffffff`,
      ),
  };
}

/** True where it was done. */
export function counted(score: Score, { exitCode }: Outcome): boolean {
  score[exitCode === EXIT.done ? 'theirs' : 'refused'] += 1;
  return exitCode === EXIT.done;
}

/** With another count of lines the script flushes the chain and makes it anew. */
async function lookAtFrame(iptables: Gateway['iptables'], score: Score): Promise<void> {
  const { exitCode, stdout } = await iptables('-n', '-L', 'IPSEC');
  const lines = stdout.trimEnd().split('\n').length;
  if (exitCode === EXIT.done && !Object.values(STOCK_LINES).includes(lines))
    score.lost.push(`round ${String(score.rounds)}, IPSEC as the script saw it:\n${stdout}`);
}
