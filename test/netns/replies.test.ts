import assert from 'node:assert/strict';
import { applyHost } from '../../src/apply/apply.ts';
import type { Followed } from '../../src/apply/follow-flows.ts';
import { applyFollowingFlows } from '../../src/apply/follow-flows.ts';
import { readHost } from '../../src/apply/read-host.ts';
import { hexOf } from '../../src/domain/mark.ts';
import { aimOf } from '../../src/flow-change.ts';
import { liftZones } from '../../src/lower/zones.ts';
import { diffPolicy, goalWithoutOurs } from '../../src/pipeline.ts';
import { findBackend } from '../../src/system/backend.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import type { Namespace } from '../../src/system/namespace.ts';
import { compiledOf } from '../support/compiled.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import type { EchoServer, Injector } from '../support/mast-wire.ts';
import { FAR_ENDS_CLOSED, openEchoServer, openInjector, openMastWire } from '../support/mast-wire.ts';
import type { Watch } from '../support/wire.ts';
import { openWatch } from '../support/wire.ts';

type Conns = Readonly<Record<string, number | 'down' | { readonly refhim: number; readonly ref: number }>>;

const SITE: Conns = { a: { refhim: 1, ref: 3 }, b: { refhim: 5, ref: 7 }, c: 'down' };

/** The entries speak of the first client alone. */
function policyOf(sarefs: Conns, rest: object = {}): string {
  const entries = [{ conn: 'a', dst: '192.168.0.0/24' }];
  return JSON.stringify({ version: 1, ...rest, sarefs, entries });
}

/** DSCP stands in for the nfmark on the wire. */
const BLOCKED = 63;
const DSCP_RULES = [
  ...[1, 2, 5, 6, 11, 15].map((saref) => [0x80000000 + saref * 0x10000, saref] as const),
  [0x80000000, BLOCKED] as const,
].map(
  ([mark, dscp]) =>
    `-A POSTROUTING -o mast0 -m mark --mark ${hexOf(mark)}/0xffff0000 -j DSCP --set-dscp ${hexOf(dscp)}`,
);

function refMark(ref: number): number {
  return 0x80000000 + ref * 0x10000;
}

for (const backend of BACKENDS) {
  for (const tracking of ['packet', 'flow']) {
    describe(`answers by the conn that asked, tracking: ${tracking}, ${backend}`, function () {
      this.timeout(60_000);
      let gateway: Namespace;
      let tools: HostTools;
      let injector: Injector;
      let server: EchoServer;
      let watch: Watch;

      beforeEach(async function () {
        if ((await whyNoNamespace()) !== undefined) this.skip();
        gateway = await openMastWire();
        tools = hostTools(gateway.execute, {
          backend: await findBackend(gateway.execute, backend),
          waitSeconds: 5,
        });
        await tools.restore(FAR_ENDS_CLOSED);
        await tools.restore(['*mangle', ...DSCP_RULES, 'COMMIT', ''].join('\n'));
        injector = openInjector(gateway);
        server = await openEchoServer(gateway);
        watch = await openWatch(gateway);
      });

      afterEach(async () => {
        await watch.close();
        await server.close();
        await injector.close();
        await gateway.close();
      });

      const apply = (sarefs: Conns, rest: object = {}): Promise<Followed> =>
        applyFollowingFlows(tools, aimOf(compiledOf(policyOf(sarefs, { tracking, ...rest }))));

      async function applied(sarefs: Conns, rest: object = {}): Promise<Followed> {
        const followed = await apply(sarefs, rest);
        assert.equal(followed.applied.kind, 'applied', JSON.stringify(followed, null, 1));
        return followed;
      }

      const ask = (ref: number, sport: number): Promise<void> =>
        injector.send(refMark(ref), { src: '192.168.0.5', dst: '10.9.1.1', sport, dport: 7 });

      /** Answers since the last time: `SAREF to PORT`, each once; those that left by another device in full. */
      async function answers(): Promise<string[]> {
        await new Promise((resolve) => setTimeout(resolve, 60));
        const lines = (await watch.heard()).flatMap((line) => {
          const [device, dscp = '', , src = '', dst = ''] = line.split(' ');
          if (!src.startsWith('10.9.1.1') || device === 'lo') return [];
          return [device === 'far-mast' ? `${dscp} to ${dst.replace(/^.*:/, '')}` : line];
        });
        return [...new Set(lines)].sort();
      }

      async function saved(table: string): Promise<string[]> {
        const text = await gateway.mustRun({ argv: [tools.backend.save, '-t', table] });
        return text.split('\n').filter((line) => line.startsWith('-A '));
      }

      async function zones(): Promise<Record<string, number>> {
        const { state } = await readHost(tools, compiledOf(policyOf(SITE)).ours);
        assert.ok(state);
        return Object.fromEntries(liftZones(state.tables.raw));
      }

      it('go to the client, whatever the entries say; who is unknown gets none', async () => {
        await applied(SITE);
        await ask(3, 6001);
        await ask(7, 6002);
        await ask(9, 6004);
        assert.deepEqual(await answers(), ['1 to 6001', '5 to 6002', `${String(BLOCKED)} to 6004`]);
        assert.equal((await apply(SITE)).applied.kind, 'unchanged');
        await server.speak();
        assert.deepEqual(await answers(), ['1 to 6001', '5 to 6002', `${String(BLOCKED)} to 6004`]);
      });

      it('go to each of two clients that ask from the same port at the same time', async () => {
        await applied(SITE);
        for (const ref of [3, 7, 3, 7]) await ask(ref, 6003);
        assert.deepEqual(await answers(), ['1 to 6003', '5 to 6003']);
        const flows = await gateway.mustRun({ argv: ['conntrack', '-L', '-f', 'ipv4', '-p', 'udp'] });
        const ours = flows.split('\n').filter((line) => line.includes('sport=6003'));
        assert.equal(ours.length, 2);
        assert.ok([1, 2].every((zone) => ours.some((line) => line.includes(`zone-orig=${String(zone)}`))));
      });

      it('go as the entries say where the policy says so', async () => {
        await applied(SITE);
        await ask(7, 6005);
        assert.deepEqual(await answers(), ['5 to 6005']);
        const { flows } = await applied(SITE, { replies: 'entries' });
        assert.equal(flows.deleted, 1);
        await ask(7, 6005);
        assert.deepEqual(await answers(), ['1 to 6005']);
        for (const table of ['raw', 'nat']) assert.ok(!(await saved(table)).join().includes('SAREF'), table);
      });

      it('follow their conn to another SAref, before the client has said another word', async () => {
        await applied(SITE);
        await ask(3, 6001);
        await ask(7, 6002);
        await answers();
        const { flows } = await applied({ ...SITE, b: { refhim: 15, ref: 17 } });
        assert.deepEqual(flows, { translated: 1, deleted: 0 });
        await server.speak();
        assert.deepEqual(await answers(), ['1 to 6001', '15 to 6002']);
        await ask(17, 6002);
        assert.deepEqual(await answers(), ['15 to 6002']);
        await apply({ ...SITE, b: { refhim: 15, ref: 17 } });
        assert.equal((await apply({ ...SITE, b: { refhim: 15, ref: 17 } })).applied.kind, 'unchanged');
        assert.ok(!(await saved('mangle')).join().includes('REKEY'));
      });

      it('are blocked while their conn is down, and go on when the client asks again', async () => {
        await applied(SITE);
        await ask(3, 6001);
        await ask(7, 6002);
        await answers();
        assert.deepEqual((await applied({ ...SITE, b: 'down' })).flows, { translated: 1, deleted: 0 });
        await server.speak();
        assert.deepEqual(await answers(), ['1 to 6001', `${String(BLOCKED)} to 6002`]);
        await apply({ ...SITE, b: 'down' });
        assert.equal((await apply({ ...SITE, b: 'down' })).applied.kind, 'unchanged');
        const back = { ...SITE, b: { refhim: 6, ref: 8 } };
        assert.equal((await applied(back)).flows.deleted, 0);
        assert.equal((await apply(back)).applied.kind, 'unchanged');
        await server.speak();
        assert.deepEqual(await answers(), ['1 to 6001', `${String(BLOCKED)} to 6002`]);
        await ask(8, 6002);
        assert.deepEqual(await answers(), ['6 to 6002']);
      });

      it('are not cut by the zones of the first apply', async () => {
        await applied({ a: 1, b: 5 });
        await ask(3, 6001);
        await ask(7, 6002);
        await answers();
        const { flows } = await applied(SITE);
        assert.equal(flows.deleted, 2);
        await ask(7, 6002);
        await ask(3, 6001);
        assert.deepEqual(await answers(), ['1 to 6001', '5 to 6002']);
        const listing = await gateway.mustRun({ argv: ['conntrack', '-L', '-f', 'ipv4', '-p', 'udp'] });
        // each still has its own port
        assert.ok(
          [6001, 6002].every((port) => listing.includes(`sport=7 dport=${String(port)}`)),
          listing,
        );
        assert.equal((await apply(SITE)).applied.kind, 'unchanged');
      });

      it('have a zone for each conn that stays the same from apply to apply', async () => {
        await applied(SITE);
        assert.deepEqual(await zones(), { a: 1, b: 2 });
        const more: Conns = { ...SITE, a: { refhim: 11, ref: 13 }, aa: { refhim: 2, ref: 4 } };
        await applied(more);
        assert.deepEqual(await zones(), { a: 1, aa: 3, b: 2 });
        await applied({ ...more, a: 'down' });
        assert.deepEqual(await zones(), { a: 1, aa: 3, b: 2 });
        await applied({ ...more, a: { refhim: 15, ref: 19 } });
        assert.deepEqual(await zones(), { a: 1, aa: 3, b: 2 });
        await applied({ a: { refhim: 15, ref: 19 }, aa: { refhim: 2, ref: 4 } });
        await applied({ a: { refhim: 15, ref: 19 }, aa: { refhim: 2, ref: 4 }, d: { refhim: 5, ref: 7 } });
        assert.deepEqual(await zones(), { a: 1, aa: 3, d: 2 });
      });

      it('have the zone that somebody has given to a conn by hand, and none that others use', async () => {
        await tools.restore('*raw\n-A OUTPUT -d 8.8.8.8 -j CT --zone 2\nCOMMIT\n');
        await applied(SITE);
        assert.deepEqual(await zones(), { a: 1, b: 3 });
        const [rule = ''] = (await saved('raw')).filter((line) => line.includes('--zone-orig 3'));
        const number =
          (await saved('raw')).filter((line) => line.startsWith('-A SAREF-ZONE ')).indexOf(rule) + 1;
        const byHand = rule
          .replace('-A SAREF-ZONE', `-R SAREF-ZONE ${String(number)}`)
          .replace('orig 3', 'orig 9');
        await tools.restore(`*raw\n${byHand}\nCOMMIT\n`);
        assert.equal((await apply(SITE)).applied.kind, 'unchanged');
        assert.deepEqual(await zones(), { a: 1, b: 9 });
      });

      it('leave nothing on a host that they are removed from', async () => {
        const before = await Promise.all(['raw', 'nat', 'mangle'].map(saved));
        await applied({ ...SITE, c: { refhim: 6, ref: 8 } });
        await applied(SITE);
        const goal = goalWithoutOurs({ interface: 'mast0', table: 50 });
        assert.equal((await applyHost(tools, goal)).kind, 'applied');
        assert.deepEqual(await Promise.all(['raw', 'nat', 'mangle'].map(saved)), before);
        for (const table of ['raw', 'nat', 'mangle']) {
          const text = await gateway.mustRun({ argv: [tools.backend.save, '-t', table] });
          assert.ok(!text.includes('SAREF'), text);
        }
      });
    });
  }

  describe(`answers by the conn that asked, with a thousand conns, ${backend}`, function () {
    this.timeout(120_000);

    it('are saved as they are written, and told for each inbound SAref which conn it is of', async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      const gateway = await openMastWire();
      try {
        const tools = hostTools(gateway.execute, {
          backend: await findBackend(gateway.execute, backend),
          waitSeconds: 5,
        });
        // 7 and 32767 have no common factor: each number once
        const conns = Array.from({ length: 1000 }, (_, index) => ({
          conn: `c${String(index)}`,
          ref: ((index * 131 + 5) % 32_767) + 1,
          refhim: ((index * 57 + 11) % 32_767) + 1,
        }));
        const sarefs = Object.fromEntries(conns.map(({ conn, ...rest }) => [conn, rest]));
        const compiled = compiledOf(JSON.stringify({ version: 1, sarefs, entries: [] }));
        assert.equal((await applyFollowingFlows(tools, aimOf(compiled))).applied.kind, 'applied');
        for (const table of ['raw', 'nat', 'mangle'] as const) {
          const text = await gateway.mustRun({ argv: [tools.backend.save, '-t', table] });
          const written = [...compiled.host.tables[table].chains].flatMap(([name, { rules }]) =>
            rules.map((rule) => `-A ${name} ${rule.text}`),
          );
          assert.deepEqual(
            text
              .split('\n')
              .filter((line) => line.startsWith('-A '))
              .sort(),
            written.sort(),
          );
        }
        const { state } = await readHost(tools, compiled.ours);
        assert.ok(state);
        assert.deepEqual(diffPolicy(compiled, state), []);
        const injector = openInjector(gateway);
        const sample = conns.filter((_, index) => index % 23 === 0);
        for (const [index, { ref }] of sample.entries())
          await injector.send(refMark(ref), {
            src: '192.168.0.5',
            dst: '10.9.1.1',
            sport: 7000 + index,
            dport: 9,
          });
        await injector.close();
        const listing = await gateway.mustRun({ argv: ['conntrack', '-L', '-f', 'ipv4', '-p', 'udp'] });
        const marks = sample.map((_, index) => {
          const line = listing.split('\n').find((one) => one.includes(`sport=${String(7000 + index)} `));
          return Number(/ mark=(\d+)/.exec(line ?? '')?.[1]);
        });
        assert.deepEqual(
          marks,
          sample.map(({ refhim }) => refMark(refhim)),
        );
      } finally {
        await gateway.close();
      }
    });
  });
}
