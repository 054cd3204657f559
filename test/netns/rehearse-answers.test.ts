import assert from 'node:assert/strict';
import type { HostState } from '../../src/host/state.ts';
import type { Rehearsal } from '../../src/rehearse/rehearse.ts';
import { rehearse } from '../../src/rehearse/rehearse.ts';
import { findBackend } from '../../src/system/backend.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import { openNamespace, openNeighbour } from '../../src/system/namespace.ts';
import { openResponder } from '../../src/system/respond.ts';
import { sendPackets } from '../../src/system/send.ts';
import { executeAsNobody, sarefMark } from '../support/bin.ts';
import { compiledOf } from '../support/compiled.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const POLICY = `version: 1
tracking: flow
sarefs:
  one: { refhim: 1, ref: 3 }
  two: { refhim: 5, ref: 7 }
  three: { refhim: 9, ref: 11 }
  away: down
entries:
  - { conn: one, dst: 192.168.0.0/24 }
`;

interface AnswersJson {
  readonly conns: number;
  readonly tried: number;
  readonly packets: readonly {
    readonly conn: string;
    readonly kind: string;
    readonly counted: string;
    readonly ok: boolean;
  }[];
}

/** Without the rules of a table that have these words. */
function without(words: string, { tables, ...host }: HostState): HostState {
  const cut = (table: (typeof tables)['raw']): (typeof tables)['raw'] => ({
    ...table,
    chains: new Map(
      [...table.chains].map(([name, { policy, rules }]) => [
        name,
        { policy, rules: rules.filter(({ text }) => !text.includes(words)) },
      ]),
    ),
  });
  return { ...host, tables: { nat: cut(tables.nat), raw: cut(tables.raw), mangle: cut(tables.mangle) } };
}

for (const backend of BACKENDS) {
  describe(`a rehearsal of answers, ${backend}`, function () {
    this.timeout(30_000);

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    const run = (policy: string, ...args: readonly string[]): ReturnType<typeof sarefMark> =>
      sarefMark(['rehearse', '-', '--backend', backend, ...args], { stdin: policy });

    for (const tracking of ['flow', 'packet']) {
      it(`counts the mark of each answer, tracking: ${tracking}`, async () => {
        const { exitCode, stdout, stderr } = await run(
          POLICY.replace('flow', tracking),
          ...['--output', 'json'],
        );
        assert.equal(exitCode, 0, stderr);
        const { answers } = JSON.parse(stdout) as { answers: AnswersJson };
        assert.deepEqual([answers.conns, answers.tried], [3, 3]);
        const marks = { one: '0x80010000', two: '0x80050000', three: '0x80090000' };
        assert.deepEqual(
          answers.packets.map(({ conn, kind, counted, ok }) => [conn, kind, counted, ok]),
          [
            ...Object.entries(marks).flatMap(([conn, mark]) =>
              ['local', 'forwarded', 'same port'].map((kind) => [conn, kind, mark, true]),
            ),
            ['a client that nobody knows', 'local', '0x80000000', true],
          ],
        );
      });
    }

    it('shows them conn by conn', async () => {
      const { stdout } = await run(POLICY);
      assert.match(
        stdout,
        /\nanswers to two\n {2}local {6}udp 169\.254\.1\.1:7 -> 192\.168\.0\.1:20001 .*policy 0x80050000 \(SAref 5\) .*ok\n {2}forwarded .*ok\n {2}same port .*ok\n\n/,
      );
      assert.match(stdout, /^12 of 12 packets as the policy says$/m);
    });

    it('works without privileges', async () => {
      const { exitCode, stderr } = await sarefMark(['rehearse', '-', '--backend', backend], {
        stdin: POLICY,
        execute: executeAsNobody,
      });
      assert.equal(exitCode, 0, stderr);
    });

    it('fails and names who suffers, broken: answers', async () => {
      const { exitCode, stdout, stderr } = await run(POLICY, '--break', 'answers');
      assert.equal(exitCode, 5);
      assert.match(stderr, /SM4019[^]*<stdin>:9:13[^]*answers went by 0x80050000 \(SAref 5\)/);
      assert.match(stdout, /^answers to one\n {2}local .*mast0 0x80050000 \(SAref 5\) .*WRONG$/m);
      assert.match(stdout, /^8 of 12 packets as the policy says; the rehearsal FAILED$/m);
    });

    it('fails where there is one conn alone, broken: answers', async () => {
      const alone = 'version: 1\nsarefs: { one: { refhim: 1, ref: 3 } }\nentries: []\n';
      assert.equal((await run(alone)).exitCode, 0);
      assert.equal((await run(alone, '--break', 'answers')).exitCode, 5);
    });

    it('has no answers to break where the entries decide about them', async () => {
      const { exitCode, stderr } = await run(
        POLICY.replace('flow', 'flow\nreplies: entries'),
        '--break',
        'answers',
      );
      assert.equal(exitCode, 64);
      assert.match(stderr, /no answer goes by tunnel/);
      const { stdout } = await run(POLICY.replace('flow', 'flow\nreplies: entries'));
      assert.ok(!stdout.includes('answers to'));
    });

    it('tries some of many conns, and says how many', async () => {
      const conns = Array.from(
        { length: 30 },
        (_, i) => `c${String(i)}: { refhim: ${String(i + 1)}, ref: ${String(i + 100)} }`,
      );
      const { exitCode, stdout, stderr } = await run(
        `version: 1\nsarefs: { ${conns.join()} }\nentries: []\n`,
      );
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /^answers to 24 of 30 conns were tried$/m);
      assert.match(stdout, /^73 of 73 packets as the policy says$/m);
    });

    /** Of each packet that is not right: whose it is, which kind. */
    async function wrong(change: (host: HostState) => HostState): Promise<string[]> {
      const { plan, host } = compiledOf(POLICY);
      const { answers } = await rehearseHere(plan, change(host));
      const found = answers.verdicts.filter(({ diagnostic }) => diagnostic !== undefined);
      return found.map(({ probe, diagnostic }) => `${probe.conn} ${probe.kind} ${String(diagnostic?.code)}`);
    }

    async function rehearseHere(
      plan: ReturnType<typeof compiledOf>['plan'],
      host: HostState,
    ): Promise<Rehearsal> {
      const gateway = await openNamespace();
      const neighbour = await openNeighbour(gateway);
      const found = await findBackend(gateway.execute, backend);
      const tools = hostTools(gateway.execute, { backend: found, waitSeconds: 5 });
      try {
        return await rehearse(
          { plan, host },
          { gateway, neighbour, tools, send: sendPackets, respond: openResponder },
        );
      } finally {
        await neighbour.close();
        await gateway.close();
      }
    }

    it('notices answers that go as the entries say', async () => {
      const found = await wrong((host) => without('-j SAREF-IN', host));
      assert.deepEqual(
        found.filter((words) => words.startsWith('two') || words.startsWith('a client')),
        [
          ...['two local SM4019', 'two forwarded SM4019', 'two same port SM4019'],
          'a client that nobody knows local SM4019',
        ],
      );
      assert.ok(!found.some((words) => /^one (?:local|forwarded)/.test(words)));
    });

    it('notices flows of several clients that are taken for one', async () => {
      const found = await wrong((host) => without('-j SAREF-ZONE', host));
      assert.ok(found.length >= 2, found.join());
      assert.ok(
        found.every((words) => /^\w+ same port SM4019$/.test(words)),
        found.join(),
      );
    });

    it('notices answers that leave in clear', async () => {
      const found = await wrong((host) => without('-j IPSEC', host));
      assert.deepEqual(new Set(found.map((words) => words.slice(-6))), new Set(['SM4003', 'SM4019']));
      assert.ok(found.includes('two local SM4003') && found.includes('two forwarded SM4003'), found.join());
    });
  });
}
