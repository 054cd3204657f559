import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { printRestore } from '../../src/iptables/restore.ts';
import { cidr } from '../support/addresses.ts';
import { ROOT } from '../support/bin.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import type { ClientName, OverlapLab, Sa } from '../support/overlap-lab.ts';
import {
  BEHIND,
  CLIENT_HOST,
  CLIENT_NETWORK,
  CLIENTS,
  openOverlapLab,
  SAS,
  SERVER,
} from '../support/overlap-lab.ts';
import type { Sareftrack, StockConn } from '../support/stock.ts';
import { stockConns } from '../support/stock.ts';
import { setStock } from '../support/stock-lab.ts';
import type { Talk } from '../support/talk.ts';
import { openTalk } from '../support/talk.ts';
import type { FlowText } from '../support/wire.ts';

/** client1 has got new SAs. */
const REKEYED: Readonly<Record<ClientName, Sa>> = { ...SAS, client1: { ref: 25, refhim: 26 } };

/** Whose rules are on the gateway. */
interface Side {
  readonly title: string;
  /** The address by which a client's host is asked from behind the gateway. */
  readonly addressOf: (client: ClientName) => string;
  /** With the conns in the order in which they came up. */
  readonly setUp: (lab: OverlapLab, sas: typeof SAS, order: readonly ClientName[]) => Promise<void>;
}

function stock(sareftrack: Sareftrack): Side {
  return {
    title: `stock, \`sareftrack=${sareftrack}\``,
    addressOf: () => CLIENT_HOST,
    async setUp(lab, sas, order) {
      if (sas === SAS) await setStock(lab, sareftrack);
      const conns = order.map((name): StockConn => ({
        name,
        mine: cidr('10.9.0.0/16'),
        peer: cidr(CLIENT_NETWORK),
        refhim: sas[name].refhim,
      }));
      await lab.tools.restore(printRestore('mangle', stockConns(conns)));
    },
  };
}

const USERS: Readonly<Record<ClientName, number>> = { client1: 33, client2: 34 };

const ENTRIES = CLIENTS.flatMap((conn, index) => [
  { conn, dst: CLIENT_NETWORK, alias: `10.10${String(index + 1)}.0.0/24` },
  { conn, dst: CLIENT_NETWORK, user: USERS[conn] },
]);

function ours(tracking: 'packet' | 'flow'): Side {
  return {
    title: `saref-mark, \`tracking: ${tracking}\``,
    addressOf: (client) => ({ client1: '10.101.0.10', client2: '10.102.0.10' })[client],
    async setUp(lab, sas) {
      const policy = JSON.stringify({ version: 1, tracking, sarefs: sas, entries: ENTRIES });
      const { exitCode, stderr } = await lab.run('apply', await lab.write('site.yaml', policy));
      assert.equal(exitCode, 0, stderr);
    },
  };
}

const SIDES = [stock('yes'), stock('conntrack'), ours('packet'), ours('flow')];

/** Who answers or is answered, by row of the table: by UDP and TCP, at the gateway and behind it. */
type Seen = ReadonlyMap<string, readonly string[]>;

/** UDP and TCP from one port. */
function bothTo(address: string, src: string, sport: number): FlowText[] {
  return (['udp', 'tcp'] as const).map((one): FlowText => `${one} ${src}:${String(sport)} ${address}:7`);
}

/** A flow that a client has opened. */
interface Asking extends Talk {
  readonly sport: number;
  readonly address: string;
}

/** Of what runs for longer UDP alone: a connection that was never made has no more to say. */
async function look(lab: OverlapLab, { addressOf, setUp }: Side): Promise<Seen> {
  const seen = new Map<string, readonly string[]>();
  const note = (row: string, names: readonly string[]): void => {
    seen.set(row, [...(seen.get(row) ?? []), ...names]);
  };
  const asked: (readonly [ClientName, Talk])[] = [];
  const asking: (readonly [ClientName, Asking])[] = [];
  const openAsking = async (client: ClientName, address: string, sport: number): Promise<Asking> => {
    const talk = await openTalk(lab.clients[client].host, bothTo(address, CLIENT_HOST, sport));
    return { ...talk, sport, address };
  };
  await setUp(lab, SAS, CLIENTS);
  for (const [index, client] of CLIENTS.entries()) {
    const user = String(USERS[client]);
    const as = ['setpriv', '--reuid', user, '--regid', user, '--clear-groups'];
    asked.push([client, await openTalk(lab.gateway, bothTo(CLIENT_HOST, SERVER, 5000 + index), as)]);
    asked.push([client, await openTalk(lab.behind, bothTo(addressOf(client), BEHIND, 5000 + index))]);
    for (const address of [SERVER, BEHIND])
      asking.push([client, await openAsking(client, address, 5010 + index)]);
  }
  for (const [client, talk] of asked) note(`${client} is asked`, await talk.ask());
  for (const [client, flow] of asking) note(`${client} asks`, await receivers(lab, flow));

  const rivals = await Promise.all(CLIENTS.map((client) => openAsking(client, SERVER, 5030)));
  for (const rival of rivals) await rival.ask();
  for (const [index, rival] of rivals.entries()) {
    const names = await receivers(lab, rival);
    note(`${CLIENTS[index] ?? ''} asks, both from one port`, names.slice(0, 1));
  }

  await lab.setSa('client1', REKEYED.client1);
  await lab.carrier.dropSa(SAS.client1.refhim);
  await setUp(lab, REKEYED, ['client2', 'client1']);
  const after = 'again, after a rekey of client1';
  for (const [client, talk] of asked) note(`${client} is asked ${after}`, (await talk.ask()).slice(0, 1));
  for (const [client, flow] of asking)
    note(`${client} asks ${after}`, (await receivers(lab, flow)).slice(0, 1));
  for (const talk of [...asked, ...asking].map(([, one]) => one).concat(rivals)) await talk.close();
  return seen;
}

/** Which clients get the answers, by UDP and by TCP. */
async function receivers(lab: OverlapLab, asking: Asking): Promise<string[]> {
  for (const client of CLIENTS) await lab.clients[client].watch.heard();
  await asking.ask();
  const got = { udp: new Set<ClientName>(), tcp: new Set<ClientName>() };
  // what a watch has seen, it says a moment later
  for (let tries = 0; tries < 50 && (got.udp.size === 0 || got.tcp.size === 0); tries += 1) {
    await setTimeout(20);
    for (const client of CLIENTS)
      for (const line of await lab.clients[client].watch.heard())
        for (const protocol of ['udp', 'tcp'] as const)
          if (line.endsWith(` ${protocol} ${asking.address}:7 ${CLIENT_HOST}:${String(asking.sport)}`))
            got[protocol].add(client);
  }
  return [got.udp, got.tcp].map((names) => (names.size === 0 ? 'nobody' : [...names].sort().join(' and ')));
}

function tableOf(columns: readonly Seen[]): string[] {
  const rows = [...(columns[0]?.keys() ?? [])];
  return [
    ['Who answers, or is answered', ...SIDES.map(({ title }) => title)],
    ...rows.map((row) => [row, ...columns.map((column) => [...new Set(column.get(row))].join(' or '))]),
  ].map((cells) => `| ${cells.join(' | ')} |`);
}

for (const backend of BACKENDS) {
  describe(`who answers whom, ${backend}`, function () {
    this.timeout(120_000);

    it('is what the table of the README says', async function () {
      if ((await whyNoNamespace()) !== undefined || process.geteuid?.() !== 0) this.skip();
      const columns = await Promise.all(
        SIDES.map(async (side) => {
          const lab = await openOverlapLab(backend);
          return look(lab, side).finally(() => lab.close());
        }),
      );
      const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
      const written = readme
        .split('\n')
        .map((line) => line.replace(/ +/g, ' '))
        .filter((line) => /^\| (?:client\d|saref-mark,|Who)/.test(line));
      assert.deepEqual(written, tableOf(columns));
    });
  });
}
