import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readHost } from '../../src/apply/read-host.ts';
import { runStep } from '../../src/apply/run-step.ts';
import { diffHosts } from '../../src/delta/delta.ts';
import type { Step } from '../../src/delta/step.ts';
import type { Packet } from '../../src/domain/packet.ts';
import { addressText } from '../../src/domain/cidr.ts';
import { hexOf } from '../../src/domain/mark.ts';
import { remembered } from '../../src/domain/saref.ts';
import { parseSave } from '../../src/iptables/parse-save.ts';
import { printRestore } from '../../src/iptables/restore.ts';
import type { Layout } from '../../src/lower/layout.ts';
import { lowerOn, lowerOurs, lowerPlan } from '../../src/lower/lower.ts';
import { decide } from '../../src/plan/decide.ts';
import type { MarkPlan } from '../../src/plan/plan.ts';
import type { HostTools } from '../../src/system/host-tools.ts';
import { address } from '../support/addresses.ts';
import { laidOut } from '../support/compiled.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';
import { anyLongOnwardPlan, anyLongPlan, FAR_ADDRESSES } from '../support/layout-plans.ts';
import { forwarded, packet } from '../support/packets.ts';
import type { MastLab } from '../support/mast-lab.ts';
import { openMastLab } from '../support/mast-lab.ts';
import { remark } from '../support/reading.ts';
import type { Sender } from '../support/sender.ts';
import { openSender } from '../support/sender.ts';

const PLANS = 12;

/** Two in different networks on each host; none is a far address. */
const SOURCES = { OUTPUT: ['10.200.0.1', '192.0.2.1'], PREROUTING: ['10.200.0.2', '192.0.2.2'] } as const;

/** Each with a port of its own, by which it is told from all others. */
const PACKETS: readonly Packet[] = (['OUTPUT', 'PREROUTING'] as const)
  .flatMap((hook) =>
    FAR_ADDRESSES.flatMap((dst) =>
      SOURCES[hook].flatMap((src) =>
        [6, 17].flatMap((protocol) =>
          [0, 46].map((dscp) => ({
            ...(hook === 'OUTPUT' ? packet({ protocol, dscp }) : forwarded({ protocol, dscp })),
            src: address(src),
            dst,
          })),
        ),
      ),
    ),
  )
  .map((one, at) => ({ ...one, dport: 20_000 + at }));

/** The same, come in by mast: with the SAref that they came by, or without one. */
const DECAPSULATED: readonly Packet[] = PACKETS.filter(({ hook }) => hook === 'PREROUTING').map(
  (one, at) => ({
    ...one,
    inInterface: 'mast0',
    nfmark: at % 3 === 0 ? 0 : 0x80150004,
  }),
);

/** A rule for each packet that counts it if it leaves with the mark that the policy says. */
function countingScript(plan: MarkPlan, packets: readonly Packet[]): string {
  const lines = packets.map((one) => {
    const mark = hexOf(remembered(decide(plan, one).nfmark).value);
    const proto = one.protocol === 6 ? 'tcp' : 'udp';
    return {
      text: `-A COUNT -p ${proto} -m ${proto} --dport ${String(one.dport)} -m mark --mark ${mark}/0xffff0000`,
    };
  });
  const jump = { text: '-A POSTROUTING -j COUNT' };
  return printRestore('mangle', [{ text: ':COUNT - [0:0]' }, { text: '-F POSTROUTING' }, ...lines, jump]);
}

/** From whatever is there; then there is nothing left to do. */
async function bring(tools: HostTools, plan: MarkPlan, layout: Layout): Promise<void> {
  const ours = lowerOurs(plan, true);
  const { host } = lowerPlan(plan, laidOut(layout));
  const stepsNow = async (): Promise<Step[]> => {
    const { state: live } = await readHost(tools, ours);
    assert.ok(live);
    return diffHosts({ live, target: lowerOn({ plan, host, ours }, live), ours });
  };
  for (const step of await stepsNow()) await runStep(tools, step);
  assert.deepEqual(await stepsNow(), []);
}

/** The packets that the kernel counted otherwise than once, by their ports. */
async function notCounted(tools: HostTools): Promise<(readonly [string, string | undefined])[]> {
  const { lines } = parseSave(await tools.readCounters()).save;
  return lines.flatMap((line) => {
    if (line.kind !== 'rule' || line.chain !== 'COUNT') return [];
    const packets = line.counters?.packets;
    return packets === '1' ? [] : [[JSON.stringify(line.rule), packets] as const];
  });
}

async function settled(tools: HostTools): Promise<(readonly [string, string | undefined])[]> {
  for (let tries = 0; tries < 40; tries += 1) {
    const missing = await notCounted(tools);
    if (missing.length === 0) return missing;
  }
  return notCounted(tools);
}

interface Trial {
  readonly plans: fc.Arbitrary<MarkPlan>;
  readonly packets: readonly Packet[];
  readonly tools: HostTools;
  readonly send: () => Promise<void>;
}

/** Each packet, in each layout. */
async function compareOn({ plans, packets, tools, send }: Trial): Promise<void> {
  const marked = { packets: 0, all: 0 };
  const compared = fc.asyncProperty(plans, async (plan) => {
    for (const layout of ['rules', 'tree', 'sets'] as const) {
      await bring(tools, plan, layout);
      await tools.restore(countingScript(plan, packets));
      await send();
      assert.deepEqual(await settled(tools), [], layout);
    }
    marked.packets += packets.filter((one) => decide(plan, one).entry !== undefined).length;
    marked.all += packets.length;
  });
  await fc.assert(compared, { numRuns: PLANS, endOnFailure: true });
  remark(`${String(marked.packets)} of ${String(marked.all)} packets are decided by entries`);
  assert.ok(marked.packets > marked.all / 10);
}

for (const backend of BACKENDS) {
  describe(`each layout, ${backend}`, function () {
    this.timeout(180_000);

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    describe('of entries for everything', () => {
      let lab: Lab;
      let senders: Readonly<Record<'OUTPUT' | 'PREROUTING', Sender>>;

      before(async () => {
        lab = await openLab(backend);
        for (const [host, sources] of [
          [lab.gateway, SOURCES.OUTPUT],
          [lab.neighbour, SOURCES.PREROUTING],
        ] as const) {
          for (const source of sources)
            await host.mustRun({ argv: ['ip', 'address', 'add', `${source}/32`, 'dev', 'lo'] });
        }
        senders = { OUTPUT: openSender(lab.gateway), PREROUTING: openSender(lab.neighbour) };
      });

      after(async () => {
        await senders.OUTPUT.close();
        await senders.PREROUTING.close();
        await lab.close();
      });

      it(`gives ${String(PACKETS.length)} packets the marks of ${String(PLANS)} random policies`, async () => {
        await compareOn({
          plans: anyLongPlan(),
          packets: PACKETS,
          tools: lab.tools,
          async send() {
            for (const hook of ['OUTPUT', 'PREROUTING'] as const)
              await senders[hook].send(PACKETS.filter((one) => one.hook === hook));
          },
        });
      });
    });

    describe('of entries for what mast has decapsulated', () => {
      let lab: MastLab;

      before(async () => {
        lab = await openMastLab(backend, []);
      });

      after(() => lab.close());

      it(`gives ${String(DECAPSULATED.length)} packets the marks of ${String(PLANS)} random policies`, async () => {
        await compareOn({
          plans: anyLongOnwardPlan(),
          packets: DECAPSULATED,
          tools: lab.tools,
          async send() {
            for (const { nfmark, src, dst, ...header } of DECAPSULATED)
              await lab.mast.send(nfmark, { ...header, src: addressText(src), dst: addressText(dst) });
          },
        });
      });
    });
  });
}
