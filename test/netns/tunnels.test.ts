import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { applyHost } from '../../src/apply/apply.ts';
import { applyFollowingFlows } from '../../src/apply/follow-flows.ts';
import { BLOCKED } from '../../src/domain/saref.ts';
import { aimOf } from '../../src/flow-change.ts';
import type { Layout } from '../../src/lower/layout.ts';
import { goalWithoutOurs } from '../../src/pipeline.ts';
import { redirectKeys } from '../../src/verify/redirects.ts';
import { compiledOf, laidOut } from '../support/compiled.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import type { MastLab } from '../support/mast-lab.ts';
import { openMastLab } from '../support/mast-lab.ts';

const [GATEWAY, LAN_HOST] = ['10.9.1.1', '10.9.3.7'];

/** Of a and b; DSCP stands in for the nfmark on the wire: the SAref, or DROPPED for SAref 0, of which mast has no SA. */
const SAREFS = { a: { refhim: 1, ref: 3 }, b: { refhim: 5, ref: 7, peer: '203.0.113.7' } };
const DROPPED = '62';

/** By their nfmarks. */
const DSCPS = [1, 5].map((saref) => [BLOCKED.value + saref * 0x10000, saref] as const);
const ALL_DSCPS = [...DSCPS, [BLOCKED.value, Number(DROPPED)] as const];

/** One packet of UDP, or the first one of a TCP connection: with which SO_MARK. */
const SAY = String.raw`
use Socket qw(:all);
my ($protocol, $sport, $dst, $dport, $mark) = @ARGV;
socket(my $socket, PF_INET, ($protocol eq 'udp' ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, 0) or die "socket: $!";
setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
setsockopt($socket, SOL_SOCKET, 36, pack('L', $mark)) or die "SO_MARK: $!" if $mark;
bind($socket, pack_sockaddr_in($sport, inet_aton('10.9.1.1'))) or die "bind: $!";
connect($socket, pack_sockaddr_in($dport, inet_aton($dst)));
send($socket, 'x', 0) if $protocol eq 'udp';
`;

for (const backend of BACKENDS) {
  for (const tracking of ['packet', 'flow'] as const) {
    describe(`sockets, tunnels in tunnels, client to client, tracking: ${tracking}, ${backend}`, function () {
      this.timeout(60_000);
      let lab: MastLab;

      beforeEach(async function () {
        if ((await whyNoNamespace()) !== undefined) this.skip();
        lab = await openMastLab(backend, ALL_DSCPS);
      });

      afterEach(() => lab.close());

      async function apply(
        entries: readonly object[],
        { sarefs = SAREFS, layout = 'rules' }: { readonly sarefs?: object; readonly layout?: Layout } = {},
      ): Promise<void> {
        const policy = JSON.stringify({ version: 1, tracking, sarefs, entries });
        const { applied } = await applyFollowingFlows(
          lab.tools,
          aimOf(compiledOf(policy, 'policy.json', laidOut(layout))),
        );
        assert.equal(applied.kind, 'applied');
      }

      function say(protocol: 'udp' | 'tcp', sport: number, to: string, mark = 0): Promise<string> {
        const [dst = '', dport = ''] = to.split(':');
        const args = [protocol, String(sport), dst, dport, String(mark)];
        return lab.gateway.mustRun({ argv: ['perl', '-e', SAY, ...args] });
      }

      /** What has left since the last time, by any device: `DEVICE DSCP FROM TO`. */
      async function left(): Promise<string[]> {
        await setTimeout(80);
        return (await lab.watch.heard()).flatMap((line) => {
          const [device = '', dscp = '', , src = '', dst = ''] = line.split(' ');
          return device.startsWith('far-') ? [`${device.slice(4)} ${dscp} ${src} ${dst}`] : [];
        });
      }

      const inbound = (ref: number): number => 0x80000000 + ref * 0x10000;

      for (const protocol of ['udp', 'tcp'] as const) {
        const number = protocol === 'udp' ? 17 : 6;
        const first = async (): Promise<string[]> => (await left()).slice(0, 1);

        describe(`by ${protocol}`, () => {
          const SOCKETS = [
            { socket: 'saref', dst: '192.168.0.0/24', proto: protocol, sport: 1701 },
            { conn: 'a', dst: '192.168.0.0/24' },
          ];

          it('leaves to its socket by which SA a packet goes, and sends none in clear without one', async () => {
            await apply(SOCKETS);
            await say(protocol, 1701, '192.168.0.5:7');
            assert.deepEqual(await first(), [`mast ${DROPPED} ${GATEWAY}:1701 192.168.0.5:7`]);
            await say(protocol, 1702, '192.168.0.5:7');
            assert.deepEqual(await first(), [`mast 1 ${GATEWAY}:1702 192.168.0.5:7`]);
          });

          it('keeps the mark of a socket, with an entry for sockets and without', async () => {
            await apply(SOCKETS);
            for (const sport of [1701, 1702]) {
              await say(protocol, sport, '192.168.0.5:7', inbound(5));
              assert.deepEqual(await first(), [`mast 5 ${GATEWAY}:${String(sport)} 192.168.0.5:7`]);
              // the mark of the flow's first packet is no memory: the socket says it again, or does not
              await left();
            }
          });

          it('does not ask forwarded packets for a socket', async () => {
            await apply(SOCKETS);
            await lab.lan.send(0, {
              protocol: number,
              src: LAN_HOST,
              dst: '192.168.0.5',
              sport: 1701,
              dport: 7,
            });
            assert.deepEqual(await first(), [`mast 1 ${LAN_HOST}:1701 192.168.0.5:7`]);
          });

          const NESTED = [
            { conn: 'a', over: 'b', dst: '192.168.7.0/24' },
            { conn: 'b', dst: ['192.168.0.0/16', '203.0.113.0/24'] },
          ];

          it('marks packets for the inner tunnel with its SAref, made here and forwarded', async () => {
            await apply(NESTED);
            await say(protocol, 5000, '192.168.7.5:7');
            assert.deepEqual(await first(), [`mast 1 ${GATEWAY}:5000 192.168.7.5:7`]);
            await say(protocol, 5001, '192.168.8.5:7');
            assert.deepEqual(await first(), [`mast 5 ${GATEWAY}:5001 192.168.8.5:7`]);
            await lab.lan.send(0, {
              protocol: number,
              src: LAN_HOST,
              dst: '192.168.7.5',
              sport: 5000,
              dport: 7,
            });
            assert.deepEqual(await first(), [`mast 1 ${LAN_HOST}:5000 192.168.7.5:7`]);
          });

          const BETWEEN = [
            { conn: 'a', dst: '10.1.0.0/16', in: 'mast0' },
            { conn: 'b', dst: '10.2.0.0/16', in: 'mast0' },
            // so many make a tree
            ...[3, 4, 65].map((at) => ({ conn: 'a', dst: `10.${String(at)}.0.0/16`, in: 'mast0' })),
          ];
          const there = { protocol: number, src: '10.1.0.5', dst: '10.2.0.5', sport: 5000, dport: 7 };
          const back = { protocol: number, src: '10.2.0.5', dst: '10.1.0.5', sport: 7, dport: 5000 };

          it('leads answers back by the conn that asked, whatever the entries say', async () => {
            await apply([{ conn: 'b', dst: '10.0.0.0/8', in: 'mast0' }]);
            await lab.mast.send(inbound(3), there);
            await lab.mast.send(inbound(7), back);
            assert.deepEqual(await left(), [
              'mast 5 10.1.0.5:5000 10.2.0.5:7',
              'mast 1 10.2.0.5:7 10.1.0.5:5000',
            ]);
          });

          for (const layout of ['rules', 'tree', 'sets'] as const) {
            it(`leads from client to client and back, ${layout}`, async () => {
              await apply(BETWEEN, { layout });
              await lab.mast.send(inbound(3), there);
              assert.deepEqual(await left(), ['mast 5 10.1.0.5:5000 10.2.0.5:7']);
              await lab.mast.send(inbound(7), back);
              assert.deepEqual(await left(), ['mast 1 10.2.0.5:7 10.1.0.5:5000']);
            });

            it(`blocks what goes to a client that is down, and answers to one, ${layout}`, async () => {
              await apply(BETWEEN, { layout });
              await lab.mast.send(inbound(3), there);
              await left();
              await apply(BETWEEN, { layout, sarefs: { ...SAREFS, a: 'down' } });
              await lab.mast.send(inbound(7), back);
              assert.deepEqual(await left(), [`mast ${DROPPED} 10.2.0.5:7 10.1.0.5:5000`]);
              await lab.mast.send(inbound(7), { ...back, sport: 8 });
              assert.deepEqual(await left(), [`mast ${DROPPED} 10.2.0.5:8 10.1.0.5:5000`]);
            });

            it(`leaves what no entry sends on to the main table, and answers to flows from here, ${layout}`, async () => {
              await apply([...BETWEEN, { conn: 'b', dst: '10.2.0.0/16' }], { layout });
              await lab.mast.send(inbound(3), { ...there, dst: '198.51.100.7' });
              assert.deepEqual(await left(), ['wan 0 10.1.0.5:5000 198.51.100.7:7']);
              await lab.lan.send(0, { ...there, src: LAN_HOST });
              assert.deepEqual(await left(), [`mast 5 ${LAN_HOST}:5000 10.2.0.5:7`]);
              await lab.mast.send(inbound(7), { ...back, dst: LAN_HOST });
              assert.deepEqual(await left(), [`lan 0 10.2.0.5:7 ${LAN_HOST}:5000`]);
            });
          }
        });
      }

      it('redirects who sends from client to client where either switch is on', async () => {
        await apply([{ conn: 'b', dst: '10.2.0.0/16', in: 'mast0' }]);
        await lab.gateway.mustRun({ argv: ['ip', 'route', 'add', '10.0.0.0/8', 'dev', 'mast0'] });
        const redirects = async (): Promise<string> =>
          /^IcmpMsgOutType5\s+([0-9]+)/m.exec(
            await lab.gateway.mustRun({ argv: ['nstat', '-asz', '--noupdate', 'IcmpMsgOutType5'] }),
          )?.[1] ?? '0';
        const sent: string[] = [];
        for (const [at, switches] of ['00', '10', '01'].entries()) {
          const keys = redirectKeys('mast0').map((key, index) => `${key}=${String(switches[index])}`);
          await lab.gateway.mustRun({ argv: ['sysctl', '-w', ...keys] });
          const ends = { src: `10.1.0.${String(at + 5)}`, dst: '10.2.0.5', sport: 5000, dport: 7 };
          await lab.mast.send(inbound(3), { protocol: 17, ...ends });
          await setTimeout(80);
          sent.push(`${switches} ${await redirects()}`);
        }
        assert.deepEqual(sent, ['00 0', '10 1', '01 2']);
      });

      it('leads the IKE of an inner conn by the outer one, and never that of the outer one', async () => {
        await apply([
          { conn: 'a', over: 'b', dst: '192.168.7.0/24' },
          { conn: 'b', dst: ['172.16.0.0/16', '203.0.113.0/24'] },
        ]);
        for (const port of [500, 4500]) {
          await say('udp', port, `172.16.1.1:${String(port)}`);
          await say('udp', port, `203.0.113.7:${String(port)}`);
          await say('udp', port, `198.51.100.7:${String(port)}`);
          const end = `${GATEWAY}:${String(port)}`;
          assert.deepEqual(await left(), [
            `mast 5 ${end} 172.16.1.1:${String(port)}`,
            `wan 0 ${end} 203.0.113.7:${String(port)}`,
            `wan 0 ${end} 198.51.100.7:${String(port)}`,
          ]);
        }
      });

      it('leaves nothing behind', async () => {
        const saved = async (): Promise<string[]> => {
          const tables = ['mangle', 'raw', 'nat'].map((table) =>
            lab.gateway.mustRun({ argv: [lab.tools.backend.save, '-t', table] }),
          );
          const rules = await lab.gateway.mustRun({ argv: ['ip', '-4', 'rule', 'show'] });
          return [...(await Promise.all(tables)), rules].flatMap((text) =>
            text.split('\n').filter((line) => /^(?:-A|:[A-Z_-]*(?:SAREF|IPSEC)|[0-9])/.test(line)),
          );
        };
        const before = await saved();
        await apply([
          { socket: 'saref', dst: '192.168.0.0/24', proto: 'udp', sport: 1701 },
          { conn: 'a', over: 'b', dst: '192.168.7.0/24' },
          { conn: 'b', dst: '10.2.0.0/16', in: 'mast0' },
          { conn: 'b', dst: '172.16.0.0/16' },
        ]);
        assert.notDeepEqual(await saved(), before);
        const { kind } = await applyHost(lab.tools, goalWithoutOurs({ interface: 'mast0', table: 50 }));
        assert.deepEqual([kind, await saved()], ['applied', before]);
      });
    });
  }
}
