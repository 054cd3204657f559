import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readHost } from '../../src/apply/read-host.ts';
import { runStep } from '../../src/apply/run-step.ts';
import { diffHosts } from '../../src/delta/delta.ts';
import { addressText } from '../../src/domain/cidr.ts';
import type { HostState } from '../../src/host/state.ts';
import { emptyHost, withMangle } from '../../src/host/state.ts';
import { parseSave } from '../../src/iptables/parse-save.ts';
import { printRestore } from '../../src/iptables/restore.ts';
import { tableOf } from '../../src/iptables/table.ts';
import { compilePolicy, readPolicy } from '../../src/pipeline.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { listOf } from '../support/arbitraries.ts';
import type { Traced } from '../support/flow-memory.ts';
import { FlowMemory } from '../support/flow-memory.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';
import { remark } from '../support/reading.ts';
import { readRule } from '../support/rules.ts';
import type { Ruleset } from '../support/rulesets.ts';
import { anyRuleset, loadScript } from '../support/rulesets.ts';
import type { Sender } from '../support/sender.ts';
import { openSender } from '../support/sender.ts';
import type { Talk } from '../support/traffic.ts';
import { anyTalk, BRANCH_SOURCES, LOCAL_SOURCES, packetsOf, PREMARKED } from '../support/traffic.ts';

const RULESETS = 300;
/** Of 1 to 3 packets each, and answers. */
const TALKS = 6;
/** A ruleset has a port that no other one has had: the first of them. */
const FIRST_FRESH_PORT = 30_000;

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
  // what the two say about packets that nobody waits for is not what is counted
  const silence = ['OUTPUT', 'PREROUTING'].map((hook) => ({ text: `-A ${hook} -p icmp -j DROP` }));
  await tools.restore(printRestore('raw', [...premarks, ...silence]));
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

function countsOf(traced: readonly Traced[]): Counts {
  const counts = new Map<string, number>();
  for (const { chain, number } of traced.flatMap(({ way }) => way.path)) {
    const key = `${chain} ${String(number)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function sorted(counts: Counts): [string, number][] {
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
}

const PATIENCE_MS = 500;

function isAnswer({ hook, dst }: Packet): boolean {
  return hook === 'OUTPUT' && BRANCH_SOURCES.includes(addressText(dst));
}

/** What a comparison that means something has met at least. */
const LEAST = {
  ...{ device: 50, main: 50, local: 50, dropped: 50 },
  ...{
    packets: 2000,
    'rules matched': 5000,
    'CONNMARK targets': 200,
    remembered: 200,
    'remembered by an answer': 20,
  },
};

for (const backend of BACKENDS) {
  describe(`trace=kernel, ${backend}`, function () {
    this.timeout(180_000);
    let lab: Lab;
    let host: HostState;
    let senders: { readonly OUTPUT: Sender; readonly PREROUTING: Sender };
    let freshPort = FIRST_FRESH_PORT;
    const seen = new Map<string, number>();

    function see(what: string, times = 1): void {
      seen.set(what, (seen.get(what) ?? 0) + times);
    }

    function seeAll(traced: readonly Traced[]): void {
      for (const { packet, way } of traced) {
        see('packets');
        see(way.egress.kind);
        see('rules matched', way.path.length);
        see('CONNMARK targets', way.path.filter(({ text }) => text.includes('-j CONNMARK')).length);
        if (packet.ctmark !== 0) see(isAnswer(packet) ? 'remembered by an answer' : 'remembered');
      }
    }

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

    async function send(packets: readonly Packet[]): Promise<void> {
      for (const hook of ['OUTPUT', 'PREROUTING'] as const) {
        await senders[hook].send(packets.filter((packet) => packet.hook === hook));
      }
    }

    async function mustCount(traced: readonly Traced[], ruleset: Ruleset): Promise<void> {
      const expected = sorted(countsOf(traced));
      const deadline = Date.now() + PATIENCE_MS;
      let counted = sorted(countsIn(await lab.tools.readCounters()));
      while (JSON.stringify(counted) !== JSON.stringify(expected) && Date.now() < deadline) {
        counted = sorted(countsIn(await lab.tools.readCounters()));
      }
      assert.deepEqual(counted, expected, `${loadScript(ruleset)}\n${JSON.stringify(traced, undefined, 1)}`);
    }

    async function compare(ruleset: Ruleset, talks: readonly Talk[]): Promise<void> {
      freshPort += 1;
      await lab.tools.restore(loadScript(ruleset));
      const { save } = parseSave(await lab.tools.readCounters());
      const state = withMangle(host, tableOf(save, 'mangle').chains);
      const packets = talks.map((talk) => packetsOf(talk, { freshPort, branchDevice: lab.branchDevice }));
      const memory = new FlowMemory();
      const traced: Traced[] = [];
      for (const direction of ['there', 'back'] as const) {
        const wanted = packets.flatMap((both) => both[direction]);
        const certain = memory.traceAll(state, wanted);
        see('doubted', wanted.length - certain.length);
        traced.push(...certain);
        if (certain.length === 0) continue;
        await send(certain.map(({ packet }) => packet));
        await mustCount(traced, ruleset);
      }
      seeAll(traced);
    }

    it(`counts the same packets at every rule of ${String(RULESETS)} random rulesets`, async () => {
      const cases = fc.tuple(anyRuleset(), listOf(TALKS, anyTalk()));
      await fc.assert(
        fc.asyncProperty(cases, ([ruleset, talks]) => compare(ruleset, talks)),
        { numRuns: RULESETS, endOnFailure: true },
      );
    });

    it('counts what a dropped packet leaves behind: nothing of a new flow, a ctmark of one that is known', async () => {
      const rules = [
        '-d 192.168.0.5/32 -m connmark --mark 0x1 -j CONNMARK --set-xmark 0x2/0xffffffff',
        '-d 192.168.0.5/32 -m connmark --mark 0x2 -j DROP',
        '-d 192.168.0.5/32 -j CONNMARK --set-xmark 0x1/0xffffffff',
        '-d 8.8.8.8/32 -m connmark --mark 0x4',
        '-d 8.8.8.8/32 -j CONNMARK --set-xmark 0x4/0xffffffff',
        '-d 8.8.8.8/32 -j DROP',
      ];
      const talk = { hook: 'OUTPUT', src: '10.9.1.1', port: 4000, freshEnd: 'sport', answers: 0 } as const;
      await compare({ OUTPUT: rules.map(readRule) }, [
        { ...talk, dst: '192.168.0.5', packets: 4 },
        { ...talk, dst: '8.8.8.8', packets: 2 },
      ]);
    });

    it('has met every end of a way, flows with a memory, and few doubts', () => {
      remark([...seen].map(([what, times]) => `${what} ${String(times)}`).join(', '));
      for (const [what, least] of Object.entries(LEAST))
        assert.ok((seen.get(what) ?? 0) >= least, `few ${what}`);
      assert.ok((seen.get('doubted') ?? 0) < (seen.get('packets') ?? 0) / 5);
    });
  });
}
