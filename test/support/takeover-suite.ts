import assert from 'node:assert/strict';
import { applyHost } from '../../src/apply/apply.ts';
import { readHost } from '../../src/apply/read-host.ts';
import { isMarked } from '../../src/domain/mark.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { matchesSelector } from '../../src/domain/selector.ts';
import type { HostState } from '../../src/host/state.ts';
import { printRestore } from '../../src/iptables/restore.ts';
import { liftTable } from '../../src/lower/lift.ts';
import { withoutOurs } from '../../src/lower/without-ours.ts';
import type { Compiled } from '../../src/pipeline.ts';
import { goalOf } from '../../src/pipeline.ts';
import { decide } from '../../src/plan/decide.ts';
import type { BackendName } from '../../src/system/backend.ts';
import { findBackend } from '../../src/system/backend.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import { trace } from '../../src/trace/trace.ts';
import { address } from './addresses.ts';
import type { TestHost } from './apply-suite.ts';
import { compiledOf } from './compiled.ts';
import { STOCK_STATES } from './stock-states.ts';

/** The first entry's conn is not the one that the script prefers, and the last one's the script does not know. */
const POLICY = `version: 1
sarefs: { north: 1, south: 2, west: 3 }
entries:
  - { conn: north, src: 10.20.0.0/16, dst: 192.168.7.0/25 }
  - { conn: south, src: 10.20.0.0/16, dst: 192.168.7.0/24 }
  - { conn: west, dst: 203.0.113.0/24 }
`;

const POLICIES: Readonly<Record<string, Compiled>> = {
  packet: compiledOf(POLICY),
  flow: compiledOf(POLICY.replace('version: 1', 'version: 1\ntracking: flow')),
};

function packets(): Packet[] {
  return ['192.168.7.1', '192.168.7.200', '203.0.113.9'].flatMap((dst) =>
    (['OUTPUT', 'PREROUTING'] as const).map((hook) => ({
      hook,
      src: address('10.20.1.1'),
      dst: address(dst),
      protocol: 17,
      sport: 40_000,
      dport: 53,
      ...(hook === 'PREROUTING' && { inInterface: 'eth1' }),
      srcIsLocal: hook === 'OUTPUT',
      dstIsLocal: false,
      nfmark: 0,
      ctmark: 0,
    })),
  );
}

/** What apply and remove make of a host that the stock script has set up: run against the fake and against real ones. */
export function takeoverSuite(open: () => Promise<TestHost>, backendName: BackendName | 'auto'): void {
  for (const [version, { mangle, routing }] of Object.entries(STOCK_STATES)) {
    for (const [tracking, compiled] of Object.entries(POLICIES)) {
      const { plan, ours } = compiled;

      describe(`over ${version}, with tracking: ${tracking}`, () => {
        let host: TestHost;
        let tools: HostTools;

        beforeEach(async () => {
          host = await open();
          const backend = await findBackend(host.execute, backendName);
          tools = hostTools(host.execute, { backend, waitSeconds: 5 });
          const lines = mangle.map((text) => ({ text }));
          await tools.restore(printRestore('mangle', lines));
          for (const words of routing) await tools.ip(words.split(' '));
        });

        afterEach(() => host.close());

        async function read(): Promise<HostState> {
          const { state, diagnostics } = await readHost(tools, ours);
          assert.ok(state, JSON.stringify(diagnostics));
          return state;
        }

        async function apply(): Promise<HostState> {
          const applied = await applyHost(tools, goalOf(compiled));
          assert.ok(applied.kind === 'applied', JSON.stringify(applied));
          assert.equal((await applyHost(tools, goalOf(compiled))).kind, 'unchanged');
          return read();
        }

        it('reaches the policy, for the first packet of a flow and for the next', async () => {
          const live = await apply();
          for (const packet of packets()) {
            const first = trace(live, packet);
            const next = trace(live, { ...packet, ctmark: first.ctmark });
            const { nfmark } = decide(plan, packet);
            assert.deepEqual([first.nfmark, next.nfmark, first.doubts], [nfmark, nfmark, []]);
            assert.deepEqual(first.egress, { kind: 'device', device: 'mast0' });
          }
        });

        it('keeps the rules of the script, in their order, for packets that no entry takes', async () => {
          const before = entriesOf(await read());
          const after = await apply();
          assert.deepEqual(entriesOf(after), before);
          const unknown = { ...packets()[0], dst: address('172.20.9.1') } as Packet;
          assert.equal(isMarked(trace(after, unknown).nfmark), before.length > 0);
        });

        it('is said in words that hold for what the rules then do, for the IKE of this host too', async () => {
          const live = await apply();
          const { clauses, unread } = liftTable(live.tables.mangle);
          assert.deepEqual(unread, []);
          const own = packets().flatMap((packet) => [
            { ...packet, protocol: 50 },
            { ...packet, sport: 500, dport: 500 },
          ]);
          const known = [...packets(), ...own].flatMap((packet) => [
            packet,
            { ...packet, dst: address('172.20.9.1') },
          ]);
          for (const packet of known) {
            const said = clauses.find(({ selector }) => matchesSelector(selector, packet))?.outcome?.nfmark;
            assert.equal(trace(live, packet).nfmark, said ?? 0, JSON.stringify(packet));
          }
        });

        it('has the shape in IPSEC by which the script knows its own', async () => {
          const before = await read();
          const rules = rulesIn(await apply(), 'IPSEC');
          // the oldest has its conns there, and does not count
          if (rulesIn(before, 'IPSEC').some((text) => text.includes('MARK --set'))) return;
          assert.equal(rules.length, { packet: 1, flow: 4 }[tracking]);
        });

        it('gives all of it back', async () => {
          const before = printed(await read());
          await apply();
          const removed = await applyHost(tools, {
            ours,
            targetOn: (live) => withoutOurs(live, ours),
          });
          assert.ok(removed.kind === 'applied', JSON.stringify(removed));
          assert.deepEqual(printed(await read()), before);
        });
      });
    }
  }
}

function rulesIn({ tables }: HostState, chain: string): string[] {
  return (tables.mangle.chains.get(chain)?.rules ?? []).map(({ text }) => text);
}

/** The script's rules for conns. */
function entriesOf(host: HostState): string[] {
  return ['IPSEC', 'NEW_IPSEC_CONN'].flatMap((chain) =>
    rulesIn(host, chain).filter((text) => text.includes('MARK --set-xmark 0x80')),
  );
}

/** Without the switches: what they were before, nobody knows, and the script wants them as they are. */
function printed(host: HostState): string[] {
  return [
    ...host.ipRules.map(({ priority, words }) => `${String(priority)}: ${words}`),
    ...host.routes.routes.map(({ words }) => words).sort(),
    ...[...host.tables.mangle.chains]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([name]) => [`:${name}`, ...rulesIn(host, name)]),
  ];
}
