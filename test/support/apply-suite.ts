import assert from 'node:assert/strict';
import { applyHost } from '../../src/apply/apply.ts';
import { readHost } from '../../src/apply/read-host.ts';
import { runStep } from '../../src/apply/run-step.ts';
import { diffHosts, stepsTo } from '../../src/delta/delta.ts';
import type { Packet } from '../../src/domain/packet.ts';
import type { HostState } from '../../src/host/state.ts';
import { printRestore } from '../../src/iptables/restore.ts';
import { goalOf } from '../../src/pipeline.ts';
import type { BackendName } from '../../src/system/backend.ts';
import { findBackend } from '../../src/system/backend.ts';
import type { Execute } from '../../src/system/execute.ts';
import { narrated } from '../../src/system/execute.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import { routePacket } from '../../src/trace/route.ts';
import { compiledOf, laidOut } from './compiled.ts';

/** A host with a mast0 that is up and with nothing of ours. */
export interface TestHost {
  readonly execute: Execute;
  close(): Promise<void>;
}

const POLICY = `version: 1
sarefs: { near: 1, far: 32767, "it's-gone": down }
entries:
  - { conn: near, src: 10.9.1.0/24, dst: 192.168.0.0/24 }
  - { conn: far, dst: 192.168.0.0/16 }
  - { conn: "it's-gone", dst: 172.20.0.0/16 }
`;

const BASE = compiledOf(POLICY);
export const { host: TARGET } = BASE;
export const GOAL = goalOf(BASE);
/** The same policy with its two last entries as one set. */
export const SETS_GOAL = goalOf(compiledOf(POLICY, 'policy.yaml', laidOut('sets')));
export const OTHER = goalOf(compiledOf(POLICY.replace('near: 1', 'near: 7')));
const BY_FLOW = goalOf(compiledOf(POLICY.replace('version: 1', 'version: 1\ntracking: flow')));

const MARKED: Packet = {
  hook: 'OUTPUT',
  src: 1,
  dst: 2,
  protocol: 17,
  srcIsLocal: true,
  dstIsLocal: false,
  nfmark: 0x80010000,
  ctmark: 0,
};

/** What apply promises, on any host: run against the fake and against real ones. */
export function applySuite(open: () => Promise<TestHost>, backendName: BackendName | 'auto'): void {
  let host: TestHost;
  let tools: HostTools;
  let told: string[];

  beforeEach(async () => {
    host = await open();
    const execute = narrated(host.execute, (text) => told.push(text));
    told = [];
    tools = hostTools(execute, { backend: await findBackend(execute, backendName), waitSeconds: 5 });
  });

  afterEach(() => host.close());

  async function read(): Promise<HostState> {
    const { state, diagnostics } = await readHost(tools, TARGET);
    assert.ok(state, JSON.stringify(diagnostics));
    return state;
  }

  function rulesOf(state: HostState): Map<string, string[]> {
    return new Map(
      [...state.tables.mangle.chains].map(([name, { rules }]) => [name, rules.map(({ text }) => text)]),
    );
  }

  /** As lines, what differs between two hosts shows at once. */
  function plain(state: HostState): string[] {
    return [
      state.link.state,
      ...state.ipRules.map(({ priority, words }) => `${String(priority)} ${words}`),
      ...state.routes.routes.map(({ words }) => words).sort(),
      ...[...state.sysctls].map(([key, on]) => `${key} ${String(on)}`),
      ...[...rulesOf(state)]
        .flatMap(([name, texts]) => [`:${name}`, ...texts])
        .filter((line) => !/^:(INPUT|FORWARD)$/.test(line)),
    ];
  }

  async function restore(...lines: string[]): Promise<void> {
    await tools.restore(
      printRestore(
        'mangle',
        lines.map((text) => ({ text })),
      ),
    );
  }

  async function apply(): Promise<void> {
    const applied = await applyHost(tools, GOAL);
    assert.ok(applied.kind === 'applied', JSON.stringify(applied));
  }

  async function isDone(): Promise<void> {
    assert.deepEqual(stepsTo(GOAL, await read()), []);
  }

  it('brings an empty host to the policy, in rules that are saved as they were written', async () => {
    await apply();
    const live = rulesOf(await read());
    for (const [name, { rules }] of TARGET.tables.mangle.chains) {
      assert.deepEqual(
        live.get(name),
        rules.map(({ text }) => text),
      );
    }
  });

  it('writes nothing the second time', async () => {
    await apply();
    told.length = 0;
    assert.equal((await applyHost(tools, GOAL)).kind, 'unchanged');
    assert.ok(told.length > 0);
    assert.deepEqual(
      told.filter((text) => /restore|add|del|set|-w/.test(text.replace('iptables-save', ''))),
      [],
    );
  });

  it('goes from one tracking to the other and back, with the frame that the stock script expects', async () => {
    const frame = async (): Promise<string[]> => {
      const { state } = await readHost(tools, TARGET);
      return (state?.tables.mangle.chains.get('IPSEC')?.rules ?? []).map(({ text }) =>
        text.replace(/^.*-j (\S+).*$/, '$1'),
      );
    };
    for (const goal of [GOAL, BY_FLOW, GOAL]) {
      assert.equal((await applyHost(tools, goal)).kind, 'applied');
      assert.equal((await applyHost(tools, goal)).kind, 'unchanged');
      const isFlow = goal === BY_FLOW;
      assert.deepEqual(
        await frame(),
        isFlow ? ['CONNMARK', 'RETURN', 'NEW_IPSEC_CONN', 'CONNMARK'] : ['NEW_IPSEC_CONN'],
      );
    }
  });

  it('changes one SAref and nothing else', async () => {
    await apply();
    const before = plain(await read());
    assert.equal((await applyHost(tools, OTHER)).kind, 'applied');
    const after = plain(await read());
    assert.deepEqual(
      after,
      before.map((line) => line.replace('0x80010000/0xffff0000', '0x80070000/0xffff0000')),
    );
  });

  it('keeps foreign rules, in their order', async () => {
    await restore(
      ':OTHERS - [0:0]',
      '-A OTHERS -p tcp -j ACCEPT',
      '-A PREROUTING -j OTHERS',
      '-A OUTPUT -p udp -j ACCEPT',
    );
    await apply();
    const live = rulesOf(await read());
    assert.deepEqual(live.get('PREROUTING'), ['-j IPSEC', '-j OTHERS']);
    assert.deepEqual(live.get('OUTPUT'), ['-j IPSEC', '-p udp -j ACCEPT']);
    assert.deepEqual(live.get('OTHERS'), ['-p tcp -j ACCEPT']);
  });

  it('moves in front of what the stock script puts into its chain', async () => {
    await apply();
    const stock =
      '-d 10.0.0.0/8 -m mark --mark 0x0/0x80000000 -m comment --comment x -j MARK --set-xmark 0x80050000/0xffffffff';
    await restore(`-I NEW_IPSEC_CONN 1 ${stock}`, '-I PREROUTING 1 -p tcp -j ACCEPT');
    await apply();
    const live = rulesOf(await read());
    const held = live.get('NEW_IPSEC_CONN') ?? [];
    assert.equal(held[0], '-m comment --comment saref-mark -j SAREF-ENTRIES');
    assert.ok(held.slice(1, -1).every((text) => text.endsWith('--comment saref-mark -j RETURN')));
    assert.equal(held.at(-1), stock);
    assert.deepEqual(live.get('PREROUTING'), ['-j IPSEC', '-p tcp -j ACCEPT']);
  });

  const damages = [
    ['a rule is deleted', '-D SAREF-ENTRIES 6'],
    ['a rule is added', '-I SAREF-ENTRIES 1 -j ACCEPT'],
    ['a rule is changed', '-R SAREF-ENTRIES 6 -j RETURN'],
    ['the entries are flushed', '-F SAREF-ENTRIES'],
    ['the frame is flushed', '-F IPSEC'],
    ['a jump is gone', '-D OUTPUT -j IPSEC'],
    [
      'a chain of ours is left over, with a jump to it',
      ':SAREF-OLD - [0:0]\n-A SAREF-OLD -j ACCEPT\n-A POSTROUTING -j SAREF-OLD',
    ],
  ] as const;
  for (const [what, lines] of damages) {
    it(`puts right that ${what}`, async () => {
      await apply();
      const before = plain(await read());
      await restore(...lines.split('\n'));
      assert.notDeepEqual(plain(await read()), before);
      await apply();
      assert.deepEqual(plain(await read()), before);
    });
  }

  const lookup = ['priority', '32765', 'from', 'all', 'fwmark', '0x80000000/0x80000000', 'lookup', '50'];
  const routings = [
    ['the device is down', [['link', 'set', 'dev', 'mast0', 'down']]],
    [
      'the lookup stands behind the unreachable',
      [
        ['rule', 'del', ...lookup],
        ['rule', 'add', ...lookup],
      ],
    ],
    ['a rule is gone', [['rule', 'del', 'priority', '32764', 'from', 'all', 'iif', 'mast0', 'unreachable']]],
    ['the route is gone', [['route', 'del', 'default', 'dev', 'mast0', 'scope', 'link', 'table', '50']]],
    [
      'both routes are gone',
      [
        ['route', 'del', 'default', 'dev', 'mast0', 'scope', 'link', 'table', '50'],
        ['route', 'del', 'unreachable', 'default', 'metric', '4294967295', 'table', '50'],
      ],
    ],
  ] as const;
  for (const [what, commands] of routings) {
    it(`puts right that ${what}, and never lets a marked packet out in clear`, async () => {
      await apply();
      const before = plain(await read());
      for (const command of commands) await tools.ip(command);
      for (const step of stepsTo(GOAL, await read())) {
        const { egress } = routePacket(await read(), MARKED, MARKED.nfmark);
        assert.ok(egress.kind === 'device' || egress.kind === 'unreachable', JSON.stringify(egress));
        await runStep(tools, step);
      }
      assert.deepEqual(plain(await read()), before);
      await isDone();
    });
  }

  it('turns the switches that it needs', async () => {
    await tools.setSysctl('net.ipv4.fwmark_reflect', true);
    await tools.setSysctl('net.ipv4.conf.mast0.src_valid_mark', false);
    await apply();
    assert.deepEqual([...(await read()).sysctls.values()], [true, false, false]);
  });

  it('can be undone, to nothing and to a host that others use', async () => {
    for (const lines of [
      [],
      [':OTHERS - [0:0]', '-A PREROUTING -p tcp -j OTHERS', ':SAREF-OLD - [0:0]', '-A OUTPUT -j SAREF-OLD'],
    ]) {
      if (lines.length > 0) await restore(...lines);
      const before = await read();
      await apply();
      for (const step of diffHosts({ live: await read(), target: before, ours: BASE.ours }))
        await runStep(tools, step);
      assert.deepEqual(plain(await read()), plain(before));
    }
  });
}
