import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { applyHost } from '../../src/apply/apply.ts';
import { addressText } from '../../src/domain/cidr.ts';
import type { Saref } from '../../src/domain/saref.ts';
import { markOf, toSaref } from '../../src/domain/saref.ts';
import { printRestore } from '../../src/iptables/restore.ts';
import { goalOf } from '../../src/pipeline.ts';
import { withAddresses } from '../../src/rehearse/stage.ts';
import { address } from '../support/addresses.ts';
import { compiledOf } from '../support/compiled.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';
import { openRawSender } from '../support/raw-sender.ts';
import { readTallies, tallyBatches, tallyOf } from '../support/tally.ts';

const SAREF = 18;

/** Entries come and go in front of that of the stream and behind it, and others' SArefs change. */
const POLICIES = [
  { before: [], after: [], others: [5, 6] },
  { before: [1, 2], after: [9], others: [5, 6] },
  { before: [2], after: [8, 9], others: [5, 7] },
  { before: [2, 3, 4], after: [], others: [8, 7] },
].map(({ before, after, others }) => {
  const entry = (conn: string, net: number): string =>
    `  - { conn: ${conn}, src: 10.9.${String(net)}.0/24, dst: 192.168.0.0/24 }\n`;
  return `version: 1
sarefs: { ${others.map((saref, index) => `other${String(index)}: ${String(saref)}`).join(', ')}, steady: ${String(SAREF)} }
entries:
${before.map((net) => entry('other0', net)).join('')}  - { conn: steady, src: 10.9.200.0/24, dst: 192.168.0.0/24 }
${after.map((net) => entry('other1', net)).join('')}`;
});

const ROUNDS = 40;
/** Packets in one go; as many again for each, until the last policy is applied. */
const COPIES = 50;
const MOST_PACKETS = 400_000;

const LOCAL = {
  src: address('10.9.200.1'),
  dst: address('192.168.0.1'),
  protocol: 17,
  sport: 20_001,
  dport: 9,
};
const FORWARDED = { ...LOCAL, src: address('10.9.200.2'), sport: 20_002 };
/** What came as far as to be marked: a device may lose a packet before, when the machine is busy. */
const ARRIVED = /^\[(\d+):\d+\] -A (?:OUTPUT|PREROUTING) /gm;

const KINDS = [LOCAL, FORWARDED].map(({ sport }) => `-p udp -m udp --sport ${String(sport)}`);

for (const backend of BACKENDS) {
  for (const tracking of ['packet', 'flow']) {
    describe(`a stream of packets while others' entries change, ${backend}, tracking: ${tracking}`, function () {
      this.timeout(60_000);
      let lab: Lab;

      before(async function () {
        if ((await whyNoNamespace()) !== undefined) this.skip();
        lab = await openLab(backend);
      });

      after(() => lab.close());

      it('loses none, and all carry the right mark', async () => {
        const { gateway, neighbour, tools } = lab;
        const goals = POLICIES.map((text) =>
          goalOf(compiledOf(text.replace('version: 1', `version: 1\ntracking: ${tracking}`))),
        );
        const [first] = goals;
        assert.ok(first);
        const [local = '', forwarded = ''] = KINDS;
        const counting = `*raw\n-A OUTPUT ${local}\n-A PREROUTING ${forwarded}\nCOMMIT\n`;
        await gateway.mustRun({ argv: [tools.backend.restore, '--noflush'], stdin: counting });
        for (const batch of tallyBatches(KINDS)) await tools.restore(printRestore('mangle', batch));
        assert.equal((await applyHost(tools, first)).kind, 'applied');
        const counts = await withAddresses(gateway, [addressText(LOCAL.src)], async () => {
          let isOver = false;
          const stream = async (from: Lab['gateway'], datagram: typeof LOCAL): Promise<number> => {
            const sender = openRawSender(from);
            let sent = 0;
            for (; !isOver && sent < MOST_PACKETS; sent += COPIES)
              await sender.send([{ ...datagram, copies: COPIES }]);
            await sender.close();
            return sent;
          };
          const streams = [stream(gateway, LOCAL), stream(neighbour, FORWARDED)];
          for (let round = 0; round < ROUNDS; round += 1) {
            const goal = goals[(round + 1) % goals.length];
            assert.ok(goal);
            assert.equal((await applyHost(tools, goal)).kind, 'applied');
          }
          isOver = true;
          return Promise.all(streams);
        });
        // the last ones are on their way for a moment
        await setTimeout(300);
        const dump = await gateway.mustRun({ argv: [tools.backend.save, '-c', '-t', 'raw'] });
        const [arrivedForwarded = 0, arrivedLocal = 0] = [...dump.matchAll(ARRIVED)].map(([, count]) =>
          Number(count),
        );
        const nfmark = markOf(toSaref(SAREF) as Saref).value;
        const tallies = readTallies(await tools.readCounters());
        assert.deepEqual(
          tallies,
          [arrivedLocal, arrivedForwarded].map((count) => tallyOf([{ onMast: true, nfmark }], count)),
        );
        assert.ok(
          counts.every((sent) => sent > 500),
          counts.join(', '),
        );
        process.stdout.write(`        ${counts.join(' and ')} packets, ${String(ROUNDS)} changes\n`);
      });
    });
  }
}
