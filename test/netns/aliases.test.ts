import assert from 'node:assert/strict';
import { applyHost } from '../../src/apply/apply.ts';
import type { Followed } from '../../src/apply/follow-flows.ts';
import { applyFollowingFlows } from '../../src/apply/follow-flows.ts';
import { aimOf } from '../../src/flow-change.ts';
import { printTable } from '../../src/iptables/table.ts';
import { goalWithoutOurs } from '../../src/pipeline.ts';
import { compiledOf } from '../support/compiled.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import type { MastLab } from '../support/mast-lab.ts';
import { openMastLab } from '../support/mast-lab.ts';
import type { Client } from '../support/mast-wire.ts';
import { openClient } from '../support/mast-wire.ts';

function policyOf(rest: object, entries: readonly object[] = ENTRIES): string {
  const sarefs = { a: { refhim: 1, ref: 3 }, b: { refhim: 5, ref: 7 } };
  return JSON.stringify({ version: 1, ...rest, sarefs, entries });
}

const ENTRIES = [
  { conn: 'a', dst: '192.168.0.0/24', alias: '10.101.0.0/24' },
  { conn: 'b', dst: '192.168.0.0/24', alias: '10.102.0.0/24' },
];

/** DSCP stands in for the nfmark on the wire. */
const DSCPS = [1, 5].map((saref) => [0x80000000 + saref * 0x10000, saref] as const);

const LAN_HOST = '10.9.3.7';

for (const backend of BACKENDS) {
  for (const [tracking, replies] of [
    ['packet', 'entries'],
    ['flow', 'tunnel'],
  ]) {
    describe(`aliases of one network, tracking: ${String(tracking)}, replies: ${String(replies)}, ${backend}`, function () {
      this.timeout(60_000);
      let lab: MastLab;
      let client: Client;

      beforeEach(async function () {
        if ((await whyNoNamespace()) !== undefined) this.skip();
        lab = await openMastLab(backend, DSCPS);
        client = await openClient(lab.gateway);
      });

      afterEach(async () => {
        await client.close();
        await lab.close();
      });

      const compiled = (entries = ENTRIES): ReturnType<typeof compiledOf> =>
        compiledOf(policyOf({ tracking, replies }, entries));

      async function apply(entries = ENTRIES): Promise<Followed> {
        const followed = await applyFollowingFlows(lab.tools, aimOf(compiled(entries)));
        assert.ok(
          ['applied', 'unchanged'].includes(followed.applied.kind),
          JSON.stringify(followed, null, 1),
        );
        return followed;
      }

      /** What has left by a device since the last time: `SAREF FROM PORT TO`. */
      async function left(device: string): Promise<string[][]> {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return (await lab.watch.heard()).flatMap((line) => {
          const [name, dscp = '', , src = '', dst = ''] = line.split(' ');
          const [from = '', port = ''] = src.split(':');
          return name === device && src !== '' ? [[dscp, from, port, dst]] : [];
        });
      }

      async function natRules(): Promise<string[]> {
        const text = await lab.gateway.mustRun({ argv: [lab.tools.backend.save, '-t', 'nat'] });
        return text.split('\n').filter((line) => line.startsWith('-A '));
      }

      const answer = (ref: number, dst: string, dport: number): Promise<void> =>
        lab.mast.send(0x80000000 + ref * 0x10000, { src: '192.168.0.5', dst, sport: 7, dport });

      it('are saved as they were written, and taken away to the last', async () => {
        assert.equal((await apply()).applied.kind, 'applied');
        const written = printTable(compiled().host.tables.nat).split('\n');
        assert.deepEqual(
          await natRules(),
          written.filter((line) => line.startsWith('-A ')),
        );
        assert.equal((await apply()).applied.kind, 'unchanged');
        const { kind } = await applyHost(lab.tools, goalWithoutOurs({ interface: 'mast0', table: 50 }));
        assert.equal(kind, 'applied');
        const nat = await lab.gateway.mustRun({ argv: [lab.tools.backend.save, '-t', 'nat'] });
        assert.ok(!nat.includes('SAREF'), nat);
      });

      it('lead one socket to both clients, whose answers come as from the aliases', async () => {
        await apply();
        await client.sendTo('10.101.0.5', '10.102.0.5', '10.101.0.5', '10.102.0.5');
        const sent = await left('far-mast');
        assert.deepEqual(
          sent.map(([saref, from, , to]) => [saref, from, to]),
          ['1', '5', '1', '5'].map((saref) => [saref, '10.9.1.1', '192.168.0.5:7']),
        );
        // two flows with the same ends on the far side: nat gives the second another port
        const [first = [], second = [], again = []] = sent;
        assert.deepEqual(
          [first[2] === '5000', again[2] === '5000', second[2] === '5000'],
          [true, true, false],
        );
        await answer(7, '10.9.1.1', Number(second[2]));
        assert.equal(await client.heard(), 'from 10.102.0.5:7');
        await answer(3, '10.9.1.1', 5000);
        assert.equal(await client.heard(), 'from 10.101.0.5:7');
        await client.sendTo('10.102.0.5');
        assert.deepEqual(await left('far-mast'), [['5', '10.9.1.1', second[2], '192.168.0.5:7']]);
      });

      it('lead a host behind the gateway there and back', async () => {
        await apply();
        for (const dst of ['10.101.0.5', '10.102.0.5'])
          await lab.lan.send(0, { src: LAN_HOST, dst, sport: 5001, dport: 7 });
        const sent = await left('far-mast');
        assert.deepEqual(
          sent.map(([saref, from, , to]) => [saref, from, to]),
          ['1', '5'].map((saref) => [saref, LAN_HOST, '192.168.0.5:7']),
        );
        await answer(3, LAN_HOST, Number(sent[0]?.[2]));
        await answer(7, LAN_HOST, Number(sent[1]?.[2]));
        assert.deepEqual(await left('far-lan'), [
          ['0', '10.101.0.5', '7', `${LAN_HOST}:5001`],
          ['0', '10.102.0.5', '7', `${LAN_HOST}:5001`],
        ]);
      });

      it('hold for flows that are older, and not for those that are left when they go', async () => {
        const near = ENTRIES.slice(0, 1);
        await apply(near);
        await client.sendTo('10.102.0.5');
        assert.deepEqual(await left('far-wan'), [['0', '10.9.1.1', '5000', '10.102.0.5:7']]);
        assert.equal((await apply()).flows.deleted, 1);
        await client.sendTo('10.102.0.5');
        assert.deepEqual(await left('far-mast'), [['5', '10.9.1.1', '5000', '192.168.0.5:7']]);
        assert.equal((await apply(near)).flows.deleted, 1);
        await client.sendTo('10.102.0.5');
        assert.deepEqual(await left('far-mast'), []);
      });
    });
  }
}
