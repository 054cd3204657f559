import assert from 'node:assert/strict';
import type { Followed } from '../../src/apply/follow-flows.ts';
import { applyFollowingFlows } from '../../src/apply/follow-flows.ts';
import { hexOf } from '../../src/domain/mark.ts';
import { aimOf } from '../../src/flow-change.ts';
import { batch } from '../../src/rehearse/stage.ts';
import { compiledOf } from '../support/compiled.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';
import type { FlowText, Talker, Watch } from '../support/wire.ts';
import { openServer, openStream, openWatch } from '../support/wire.ts';

/** Sarefs of the conns, and the conn of the first network. */
interface Site {
  readonly a: number | 'down';
  readonly b: number | 'down';
  readonly c: number | 'down';
  readonly d: number | 'down';
  readonly first?: 'a' | 'd' | 'none';
}

function policyOf({ first = 'a', ...sarefs }: Site, tracking = 'flow'): string {
  const entry = (conn: string, network: number): string =>
    `  - { conn: ${conn}, dst: 192.168.${String(network)}.0/24 }\n`;
  return [
    `version: 1\ntracking: ${tracking}\nsarefs: ${JSON.stringify(sarefs)}\nentries:\n`,
    first === 'none' ? '' : entry(first, 0),
    ...[entry('b', 1), entry('c', 2), entry('d', 3), entry('a', 4)],
  ].join('');
}

/** A local flow of UDP, a forwarded one and one of TCP to each network, and new ones all the time. */
const NETWORKS = ['0', '1', '2', '3', '4'] as const;
const LOCAL = NETWORKS.flatMap((network): FlowText[] => [
  `udp 10.9.1.1:400${network} 192.168.${network}.77:53`,
  `tcp 10.9.1.1:500${network} 192.168.${network}.5:7`,
  `udp 10.9.1.1:300${network} 192.168.${network}.79:*`,
]);
const FORWARDED = NETWORKS.map((network): FlowText => `udp 10.9.1.9:600${network} 192.168.${network}.78:53`);

const LASTING = [...LOCAL, ...FORWARDED].filter((flow) => !flow.endsWith('*'));

function networkOf(flow: string): number {
  return Number(/192\.168\.(\d)/.exec(flow)?.[1]);
}

/** DSCP stands in for the nfmark on the wire. */
const BLOCKED = 63;
const IN_CLEAR = -1;
const SAREFS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12];
const DSCP_RULES = [
  ...SAREFS.map((saref) => [0x80000000 + saref * 0x10000, saref] as const),
  [0x80000000, BLOCKED] as const,
].map(
  ([mark, dscp]) =>
    `-A POSTROUTING -o mast0 -m mark --mark ${hexOf(mark)}/0xffff0000 -j DSCP --set-dscp ${hexOf(dscp)}`,
);

for (const backend of BACKENDS) {
  describe(`running flows, ${backend}`, function () {
    this.timeout(60_000);
    let lab: Lab;
    let talkers: Talker[];
    let watch: Watch;
    let isChanging = (flow: string): boolean => flow === '';

    beforeEach(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openLab(backend);
      const mac = '02:00:00:00:03:01';
      await batch(lab.gateway, ['address add 10.9.1.1/32 dev lo', `link set dev mast0 address ${mac}`]);
      await batch(lab.neighbour, [
        `link set dev far-mast down`,
        `link set dev far-mast address ${mac}`,
        'link set dev far-mast arp off',
        'link set dev far-mast up',
        'address add 10.9.1.9/32 dev lo',
        ...NETWORKS.map((network) => `address add 192.168.${network}.5/32 dev lo`),
        'route add 10.9.1.1/32 dev far-mast',
      ]);
      await lab.tools.restore(['*mangle', ...DSCP_RULES, 'COMMIT', ''].join('\n'));
      await apply({ a: 1, b: 2, c: 3, d: 4 });
      const server = await openServer(lab.neighbour);
      watch = await openWatch(lab.neighbour);
      talkers = [
        await openStream(lab.gateway, LOCAL),
        await openStream(lab.neighbour, FORWARDED),
        watch,
        server,
      ];
      await soon();
      // what others keep in the other half
      await lab.gateway.mustRun({ argv: ['conntrack', '-U', '-f', 'ipv4', '-m', '0x1234/0xffff'] });
      await watch.heard();
    });

    afterEach(async () => {
      for (const talker of talkers) await talker.close();
      await lab.close();
    });

    const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150));

    const apply = (site: Site, tracking?: string): Promise<Followed> =>
      applyFollowingFlows(lab.tools, aimOf(compiledOf(policyOf(site, tracking))));

    interface Seen {
      /** The SArefs of the packets of each flow, each once as long as it stays the same. */
      readonly sarefs: ReadonlyMap<string, readonly number[]>;
      /** Packets that carried an older decision than one before them. */
      readonly late: number;
    }

    async function onWire(): Promise<Seen> {
      await soon();
      const seen = new Map<string, number[]>();
      let [stage, late] = [1, 0];
      for (const line of await watch.heard()) {
        const [device, dscp, ...flow] = line.split(' ');
        const sarefs = seen.get(flow.join(' ')) ?? [];
        const saref = device === 'far-mast' ? Number(dscp) : IN_CLEAR;
        if (sarefs.length > 0 && sarefs.at(-1) !== saref) stage = Math.max(stage, sarefs.length + 1);
        if (sarefs.at(-1) !== saref) sarefs.push(saref);
        seen.set(flow.join(' '), sarefs);
        if (isChanging(flow.join(' ')) && sarefs.length < stage) late += 1;
      }
      return { sarefs: seen, late };
    }

    /** That the flows to a network changed at once from some SArefs to others, and all the others not at all. */
    async function assertChanges(
      changes: Readonly<Record<number, readonly number[]>>,
      site: Site,
    ): Promise<void> {
      isChanging = (flow) => changes[networkOf(flow)] !== undefined;
      const { sarefs, late } = await onWire();
      const conns = [site.first ?? 'a', 'b', 'c', 'd', 'a'] as const;
      for (const flow of [...LOCAL, ...FORWARDED]) {
        const conn = conns[networkOf(flow)] ?? 'none';
        assert.deepEqual(
          sarefs.get(flow),
          changes[networkOf(flow)] ?? [conn === 'none' ? IN_CLEAR : site[conn]],
          flow,
        );
      }
      // what was on its way through the old rules
      assert.ok(late <= 3, `${String(late)} packets late`);
    }

    async function rekeyRules(): Promise<string[]> {
      const text = await lab.gateway.mustRun({ argv: [lab.tools.backend.save, '-t', 'mangle'] });
      return text.split('\n').filter((line) => line.includes('SAREF-REKEY'));
    }

    /** What goes when it times out. */
    async function endSingles(): Promise<void> {
      for (const network of NETWORKS) {
        const port = `300${network}`;
        await lab.gateway.mustRun({ argv: ['conntrack', '-D', '-f', 'ipv4', '-p', 'udp', '--sport', port] });
      }
    }

    /** Flow -> id and mark. */
    async function table(): Promise<Map<string, { id: string; mark: string }>> {
      const text = await lab.gateway.mustRun({ argv: ['conntrack', '-L', '-f', 'ipv4', '-o', 'id'] });
      return new Map(
        text.split('\n').flatMap((line) => {
          const [, protocol = '', src = '', dst = '', sport = '', dport = ''] =
            /^(\w+) .*?src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)/.exec(line) ?? [];
          const [, mark = '', id = ''] = /mark=(\d+) .*id=(\d+)/.exec(line) ?? [];
          return id === ''
            ? []
            : [[`${protocol} ${src}:${sport} ${dst}:${dport}`, { id, mark: hexOf(Number(mark)) }]];
        }),
      );
    }

    it('follow their conn to another SAref, and to the next one', async () => {
      const before = await table();
      await assertChanges({}, { a: 1, b: 2, c: 3, d: 4 });
      const first = await apply({ a: 11, b: 2, c: 3, d: 4 });
      assert.equal(first.applied.kind, 'applied');
      assert.ok(first.flows.translated >= 6 && first.flows.deleted === 0);
      await apply({ a: 12, b: 2, c: 3, d: 4 });
      await assertChanges({ 0: [1, 11, 12], 4: [1, 11, 12] }, { a: 12, b: 2, c: 3, d: 4 });
      const after = await table();
      for (const flow of LASTING) {
        assert.equal(after.get(flow)?.id, before.get(flow)?.id, flow);
        assert.match(after.get(flow)?.mark ?? '', /1234$/, flow);
      }
      await endSingles();
      await apply({ a: 12, b: 2, c: 3, d: 4 });
      assert.deepEqual(await rekeyRules(), []);
      assert.equal((await apply({ a: 12, b: 2, c: 3, d: 4 })).applied.kind, 'unchanged');
    });

    it('keep the way to the new SAref open for those that are silent', async () => {
      const silent: FlowText = 'udp 10.9.1.1:7000 192.168.0.77:53';
      await (await openStream(lab.gateway, [silent])).close();
      const site = { a: 11, b: 2, c: 3, d: 4 };
      for (const talker of talkers.splice(0, 2)) await talker.close();
      await apply(site);
      assert.equal((await rekeyRules()).length, 4);
      assert.equal((await apply(site)).applied.kind, 'unchanged');
      await apply({ ...site, a: 12 });
      const rules = await rekeyRules();
      assert.deepEqual(
        rules
          .filter((rule) => rule.startsWith('-A SAREF-REKEY'))
          .map((rule) => rule.replace(/.*--mark (\S+) .*--set-xmark (\S+)/, '$1 $2')),
        ['0x80010000/0xffff0000 0x800c0000/0xffff0000'],
      );
      await watch.heard();
      await (await openStream(lab.gateway, [silent])).close();
      assert.deepEqual((await onWire()).sarefs.get(silent), [12]);
      await lab.gateway.mustRun({ argv: ['conntrack', '-D', '-f', 'ipv4', '-m', '0x80010000/0xffff0000'] });
      assert.equal((await apply({ ...site, a: 12 })).applied.kind, 'applied');
      assert.deepEqual(await rekeyRules(), []);
    });

    it('change places when two conns do, and those of others stay', async () => {
      const before = await table();
      const site = { a: 1, b: 3, c: 2, d: 4 };
      await apply(site);
      await assertChanges({ 1: [2, 3], 2: [3, 2] }, site);
      assert.equal((await apply(site)).applied.kind, 'unchanged');
      assert.deepEqual(await rekeyRules(), []);
      const after = await table();
      for (const flow of LASTING.filter((one) => /192\.168\.[034]/.test(one)))
        assert.deepEqual(after.get(flow), before.get(flow));
    });

    it('follow a chain of conns, each of which gets the SAref of the next', async () => {
      const site = { a: 2, b: 3, c: 4, d: 5 };
      await apply(site);
      await assertChanges({ 0: [1, 2], 1: [2, 3], 2: [3, 4], 3: [4, 5], 4: [1, 2] }, site);
      await endSingles();
      await apply(site);
      assert.equal((await apply(site)).applied.kind, 'unchanged');
      assert.deepEqual(await rekeyRules(), []);
    });

    it('are blocked when their conn goes down, and run again when it comes up', async () => {
      const down = { a: 'down', b: 2, c: 3, d: 4 } as const;
      await apply(down);
      await assertChanges({ 0: [1, BLOCKED], 4: [1, BLOCKED] }, down);
      await apply(down);
      const up = { ...down, a: 6 };
      await apply(up);
      await assertChanges({ 0: [BLOCKED, 6], 4: [BLOCKED, 6] }, up);
      assert.equal((await apply(up)).applied.kind, 'unchanged');
    });

    it('move with their network to another conn, and out of it', async () => {
      const before = await table();
      const site = { a: 1, b: 2, c: 3, d: 4, first: 'd' } as const;
      const { flows } = await apply(site);
      assert.ok(flows.translated === 0 && flows.deleted >= 3);
      await assertChanges({ 0: [1, 4] }, site);
      assert.equal((await apply(site)).applied.kind, 'unchanged');
      const after = await table();
      for (const flow of LASTING.filter((one) => /192\.168\.[1234]/.test(one)))
        assert.deepEqual(after.get(flow), before.get(flow));
      await apply({ ...site, first: 'none' });
      await assertChanges({ 0: [4, IN_CLEAR] }, { ...site, first: 'none' });
    });

    it('are forgotten with tracking: packet', async () => {
      const site = { a: 1, b: 2, c: 3, d: 4 };
      assert.ok((await apply(site, 'packet')).flows.deleted >= 15);
      await assertChanges({}, site);
      assert.equal((await apply(site, 'packet')).applied.kind, 'unchanged');
      assert.ok([...(await table()).values()].every(({ mark }) => mark.length < 8));
    });
  });
}
