import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { BIN } from '../support/bin.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import type { ClientName, OverlapLab } from '../support/overlap-lab.ts';
import { BEHIND, CLIENT_HOST, openOverlapLab, SAS, SERVER } from '../support/overlap-lab.ts';
import type { Talk } from '../support/talk.ts';
import { openTalk } from '../support/talk.ts';
import type { FlowText } from '../support/wire.ts';

const PROTOCOLS = ['udp', 'tcp'] as const;

const ALIASES: Readonly<Record<ClientName, string>> = { client1: '10.101.0.10', client2: '10.102.0.10' };
const USERS: Readonly<Record<ClientName, number>> = { client1: 33, client2: 34 };

const ENTRIES = `entries:
  - { conn: client1, dst: 192.168.0.0/24, alias: 10.101.0.0/24 }
  - { conn: client2, dst: 192.168.0.0/24, alias: 10.102.0.0/24 }
  - { conn: client1, dst: 192.168.0.0/24, user: ${String(USERS.client1)} }
  - { conn: client2, dst: 192.168.0.0/24, user: ${String(USERS.client2)} }
`;

function policyOf(tracking: string, sarefs: object = SAS): string {
  return `version: 1\ntracking: ${tracking}\nsarefs: ${JSON.stringify(sarefs)}\n${ENTRIES}`;
}

/** Of both protocols, from one port. */
function flows(src: string, sport: number, dst: string): FlowText[] {
  return PROTOCOLS.map((protocol): FlowText => `${protocol} ${src}:${String(sport)} ${dst}:7`);
}

function asUser(uid: number): string[] {
  return ['setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups'];
}

for (const backend of BACKENDS) {
  for (const tracking of ['packet', 'flow']) {
    describe(`two clients with the same network, tracking: ${tracking}, ${backend}`, function () {
      this.timeout(60_000);
      let lab: OverlapLab;
      let policy: string;
      let talks: Talk[] = [];

      before(async function () {
        if ((await whyNoNamespace()) !== undefined) this.skip();
        lab = await openOverlapLab(backend);
        policy = await lab.write('site.yaml', policyOf(tracking));
        await apply(policy);
      });

      afterEach(async () => {
        for (const talk of talks.splice(0)) await talk.close();
      });

      after(() => lab.close());

      async function apply(file: string): Promise<void> {
        const { exitCode, stderr } = await lab.run('apply', file);
        assert.equal(exitCode, 0, stderr);
      }

      async function talking(...args: Parameters<typeof openTalk>): Promise<Talk> {
        const talk = await openTalk(...args);
        talks = [...talks, talk];
        return talk;
      }

      /** What both are told, twice, by sockets that are open at the same time. */
      async function twice(open: (client: ClientName) => Promise<Talk>): Promise<string[][]> {
        const [one, other] = [await open('client1'), await open('client2')];
        const answers = [await one.ask(), await other.ask(), await one.ask(), await other.ask()];
        return answers.map((names) => [...new Set(names)]);
      }

      /** The work is seen on the wire, all of it by the SAs whose marks were counted, and none in clear. */
      async function carried(work: () => Promise<void>): Promise<void> {
        await lab.inClear();
        const before = [await lab.counted(), await lab.carrier.counts()] as const;
        await work();
        assert.deepEqual(await lab.inClear(), []);
        const after = [await lab.counted(), await lab.carrier.counts()] as const;
        const [marked, sent] = [0, 1].map((index) =>
          Object.values(SAS).map(
            ({ refhim }) => (after[index]?.[refhim] ?? 0) - (before[index]?.[refhim] ?? 0),
          ),
        );
        assert.deepEqual(marked, sent);
        assert.ok(
          marked?.every((count) => count > 0),
          JSON.stringify(marked),
        );
      }

      it('are answered each, from the same address and port at the same time', () =>
        carried(async () => {
          for (const [address, name] of [
            [SERVER, 'server'],
            [BEHIND, 'behind'],
          ] as const) {
            const open = (client: ClientName): Promise<Talk> =>
              talking(lab.clients[client].host, flows(CLIENT_HOST, 5000, address));
            assert.deepEqual(await twice(open), [[name], [name], [name], [name]]);
          }
        }));

      it('are reached each by an alias, from here and from behind, by the same port', () =>
        carried(async () => {
          for (const [from, address] of [
            [lab.gateway, SERVER],
            [lab.behind, BEHIND],
          ] as const) {
            const open = (client: ClientName): Promise<Talk> =>
              talking(from, flows(address, 5001, ALIASES[client]));
            assert.deepEqual(await twice(open), [['client1'], ['client2'], ['client1'], ['client2']]);
          }
        }));

      it('are reached each by the user who asks', async function () {
        if (process.geteuid?.() !== 0) this.skip();
        await carried(async () => {
          const open = (client: ClientName): Promise<Talk> =>
            talking(lab.gateway, flows(SERVER, 0, CLIENT_HOST), asUser(USERS[client]));
          assert.deepEqual(await twice(open), [['client1'], ['client2'], ['client1'], ['client2']]);
        });
      });

      it('are reached each by a program of exec', async function () {
        if (process.geteuid?.() !== 0) this.skip();
        await carried(async () => {
          const open = (client: ClientName): Promise<Talk> => {
            const words = ['exec', policy, '--backend', backend, '--conn', client, '--'];
            return talking(lab.gateway, flows(SERVER, 0, CLIENT_HOST), [process.execPath, BIN, ...words]);
          };
          assert.deepEqual(await twice(open), [['client1'], ['client2'], ['client1'], ['client2']]);
        });
      });

      it('get what is left of a socket that its program has closed, and nobody sees it in clear', async function () {
        if (process.geteuid?.() !== 0) this.skip();
        const talk = await openTalk(lab.gateway, [`tcp ${SERVER}:0 ${CLIENT_HOST}:7`], asUser(USERS.client2));
        assert.deepEqual(await talk.ask(), ['client2']);
        await lab.carrier.setDeaf(true);
        const before = await lab.counted();
        await talk.close();
        await setTimeout(1000);
        const after = await lab.counted();
        await lab.carrier.setDeaf(false);
        const { refhim } = SAS.client2;
        assert.ok((after[refhim] ?? 0) >= (before[refhim] ?? 0) + 3, JSON.stringify(after));
        assert.deepEqual(after[SAS.client1.refhim], before[SAS.client1.refhim]);
        assert.deepEqual(await lab.inClear(), []);
      });

      it('get nothing by the other or in clear while their conn is down, and all again after that', async () => {
        const asking = await talking(lab.clients.client2.host, [
          ...flows(CLIENT_HOST, 5002, SERVER),
          ...flows(CLIENT_HOST, 5002, BEHIND),
        ]);
        const asked = await talking(lab.gateway, flows(SERVER, 5003, ALIASES.client2));
        const other = await talking(lab.clients.client1.host, flows(CLIENT_HOST, 5004, SERVER));
        const all = async (): Promise<string[]> => [
          ...(await asking.ask()),
          ...(await asked.ask()),
          ...(await other.ask()),
        ];
        const up = ['server', 'server', 'behind', 'behind', 'client2', 'client2', 'server', 'server'];
        assert.deepEqual(await all(), up);
        await apply(await lab.write('down.yaml', policyOf(tracking, { ...SAS, client2: 'down' })));
        await lab.inClear();
        await lab.clients.client1.watch.heard();
        const before = await lab.carrier.counts();
        const down = [...Array<string>(6).fill('nobody'), 'server', 'server'];
        assert.deepEqual(await all(), down);
        await lab.server.speak();
        await lab.behindServer.speak();
        assert.deepEqual(await lab.inClear(), []);
        const strangers = (await lab.clients.client1.watch.heard()).filter((line) => /:500[23]\b/.test(line));
        assert.deepEqual(strangers, []);
        const after = await lab.carrier.counts();
        assert.equal(after[SAS.client2.refhim], before[SAS.client2.refhim]);
        assert.ok((after['none-0'] ?? 0) > (before['none-0'] ?? 0), 'blocked at mast');
        await apply(policy);
        const again = await talking(lab.clients.client2.host, flows(CLIENT_HOST, 5006, SERVER));
        assert.deepEqual([...(await again.ask()), ...(await other.ask())], Array(4).fill('server'));
      });

      it('would be seen to be asked in clear', async () => {
        const talk = await talking(lab.gateway, [`udp ${SERVER}:5005 ${CLIENT_HOST}:7`]);
        assert.deepEqual(await talk.ask(), ['nobody']);
        // a busy machine takes its time
        const seen: string[] = [];
        for (let tries = 0; tries < 30 && seen.length === 0; tries += 1) seen.push(...(await lab.inClear()));
        assert.deepEqual(seen, [`wan 0 udp ${SERVER}:5005 ${CLIENT_HOST}:7`]);
      });
    });
  }
}
