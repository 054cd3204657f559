import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readHost } from '../../src/apply/read-host.ts';
import { runStep } from '../../src/apply/run-step.ts';
import { diffHosts } from '../../src/delta/delta.ts';
import type { HostState } from '../../src/host/state.ts';
import { emptyHost } from '../../src/host/state.ts';
import { parseSave } from '../../src/iptables/parse-save.ts';
import { printRestore } from '../../src/iptables/restore.ts';
import { tableOf } from '../../src/iptables/table.ts';
import { compilePolicy, readPolicy } from '../../src/pipeline.ts';
import { trace } from '../../src/trace/trace.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { address } from '../support/addresses.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';
import type { Ruleset } from '../support/rulesets.ts';
import { anyRuleset, loadScript } from '../support/rulesets.ts';
import type { Sender } from '../support/sender.ts';
import { openSender } from '../support/sender.ts';

const RULESETS = 300;
const PACKETS = 10;

const LOCAL_SOURCES = ['10.9.1.1', '10.9.2.7'];
const BRANCH_SOURCES = ['10.9.1.9', '10.9.2.9'];
const DESTINATIONS = ['192.168.0.5', '192.168.7.5', '172.20.0.1', '8.8.8.8'];
/** Ports that stand for the mark with which a forwarded packet meets the mangle table. */
const PREMARKED = new Map([
  [7001, 0x80050000],
  [7002, 0x00001234],
  [7003, 0x80010000],
]);

function anyPacket(branchDevice: string): fc.Arbitrary<Packet> {
  const ports = { sport: fc.constantFrom(500, 4000, 20_000), dport: fc.constantFrom(500, 53, 1701, 4500) };
  const local = fc
    .record({ src: fc.constantFrom(...LOCAL_SOURCES), dst: fc.constantFrom(...DESTINATIONS), ...ports })
    .map(({ src, dst, sport, dport }): Packet => ({
      ...{ hook: 'OUTPUT', src: address(src), dst: address(dst), sport, dport },
      ...{ protocol: 17, srcIsLocal: true, dstIsLocal: false, nfmark: 0, ctmark: 0 },
    }));
  const dport = fc.oneof(ports.dport, fc.constantFrom(...PREMARKED.keys()));
  const arriving = fc
    .record({
      src: fc.constantFrom(...BRANCH_SOURCES),
      dst: fc.constantFrom(...DESTINATIONS, ...LOCAL_SOURCES),
      sport: ports.sport,
      dport,
    })
    .map(({ src, dst, ...rest }): Packet => ({
      ...{ hook: 'PREROUTING', inInterface: branchDevice, src: address(src), dst: address(dst), ...rest },
      ...{ protocol: 17, srcIsLocal: false, dstIsLocal: LOCAL_SOURCES.includes(dst) },
      nfmark: PREMARKED.get(rest.dport) ?? 0,
      ctmark: 0,
    }));
  return fc.oneof(local, arriving);
}

/** What stays the same from ruleset to ruleset: addresses, routing by mark, marks that packets arrive with. */
async function prepare({ gateway, neighbour, tools, branchDevice }: Lab): Promise<HostState> {
  for (const [host, sources] of [
    [gateway, LOCAL_SOURCES],
    [neighbour, BRANCH_SOURCES],
  ] as const) {
    for (const source of sources)
      await host.mustRun({ argv: ['ip', 'address', 'add', `${source}/32`, 'dev', 'lo'] });
  }
  const { compiled } = compilePolicy(
    readPolicy({ name: 'empty', text: 'version: 1\nsarefs: {}\nentries: []\n' }),
  );
  assert.ok(compiled);
  const steps = diffHosts({ live: emptyHost(compiled.host), target: compiled.host, ours: compiled.host });
  for (const step of steps.filter(({ tool }) => tool !== 'iptables-restore')) await runStep(tools, step);
  const premarks = [...PREMARKED].map(([port, nfmark]) => ({
    text: `-A PREROUTING -i ${branchDevice} -p udp -m udp --dport ${String(port)} -j MARK --set-mark ${String(nfmark)}`,
  }));
  // what the gateway says about packets that end here is not what is counted
  const silence = { text: '-A OUTPUT -p icmp -j DROP' };
  await tools.restore(printRestore('raw', [...premarks, silence]));
  const { state } = await readHost(tools, compiled.host);
  assert.ok(state);
  return state;
}

/** Packets by rule, `CHAIN number`; rules that counted none are left out. */
type Counts = ReadonlyMap<string, number>;

function countsIn(text: string): Counts {
  const numbers = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const line of parseSave(text).save.lines) {
    if (line.kind === 'rule') {
      const number = (numbers.get(line.chain) ?? 0) + 1;
      numbers.set(line.chain, number);
      if (line.counters?.packets !== '0')
        counts.set(`${line.chain} ${String(number)}`, Number(line.counters?.packets));
    }
  }
  return counts;
}

function countsOf(traces: readonly ReturnType<typeof trace>[]): Counts {
  const counts = new Map<string, number>();
  for (const { chain, number } of traces.flatMap(({ path }) => path)) {
    const key = `${chain} ${String(number)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function sorted(counts: Counts): [string, number][] {
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
}

const PATIENCE_MS = 500;

for (const backend of BACKENDS) {
  describe(`trace and the kernel, ${backend}`, function () {
    this.timeout(180_000);
    let lab: Lab;
    let host: HostState;
    let senders: { readonly OUTPUT: Sender; readonly PREROUTING: Sender };
    const seen = { packets: 0, doubted: 0, visits: 0, ends: new Map<string, number>() };

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openLab(backend);
      host = await prepare(lab);
      senders = { OUTPUT: openSender(lab.gateway), PREROUTING: openSender(lab.neighbour) };
    });

    after(async () => {
      await senders.OUTPUT.close();
      await senders.PREROUTING.close();
      await lab.close();
    });

    async function compare(ruleset: Ruleset, packets: readonly Packet[]): Promise<void> {
      await lab.tools.restore(loadScript(ruleset));
      const loaded = await lab.tools.readCounters();
      const { save } = parseSave(loaded);
      const state = { ...host, tables: { mangle: tableOf(save, 'mangle') } };
      const traced = packets.map((packet) => ({ packet, way: trace(state, packet) }));
      const certain = traced.filter(({ way }) => way.doubts.length === 0);
      seen.packets += traced.length;
      seen.doubted += traced.length - certain.length;
      for (const { way } of certain) {
        seen.visits += way.path.length;
        seen.ends.set(way.egress.kind, (seen.ends.get(way.egress.kind) ?? 0) + 1);
      }
      for (const hook of ['OUTPUT', 'PREROUTING'] as const) {
        const own = certain.filter(({ packet }) => packet.hook === hook);
        await senders[hook].send(own.map(({ packet }) => packet));
      }
      const expected = sorted(countsOf(certain.map(({ way }) => way)));
      const deadline = Date.now() + PATIENCE_MS;
      let counted = sorted(countsIn(await lab.tools.readCounters()));
      while (JSON.stringify(counted) !== JSON.stringify(expected) && Date.now() < deadline) {
        counted = sorted(countsIn(await lab.tools.readCounters()));
      }
      assert.deepEqual(counted, expected, `${loadScript(ruleset)}\n${JSON.stringify(traced, undefined, 1)}`);
    }

    it(`counts the same packets at every rule of ${String(RULESETS)} random rulesets`, async () => {
      const cases = fc.tuple(
        anyRuleset(),
        fc.array(anyPacket('saref-branch'), { minLength: PACKETS, maxLength: PACKETS }),
      );
      await fc.assert(
        fc.asyncProperty(cases, ([ruleset, packets]) => compare(ruleset, packets)),
        { numRuns: RULESETS, endOnFailure: true },
      );
    });

    it('has met every end of a way, and few doubts', () => {
      const ends = Object.fromEntries(seen.ends);
      process.stdout.write(
        `        ${String(seen.packets)} packets, ${String(seen.visits)} rules matched, ${String(seen.doubted)} doubted, ends ${JSON.stringify(ends)}\n`,
      );
      for (const end of ['device', 'main', 'local', 'dropped'])
        assert.ok((ends[end] ?? 0) > 50, `few ended ${end}`);
      assert.ok(seen.doubted < seen.packets / 5);
    });
  });
}
