import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { batch } from '../../src/rehearse/stage.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import type { Watch } from '../support/wire.ts';
import { openWatch } from '../support/wire.ts';

const POLICY = `version: 1
sarefs: { client1: 18 }
protect: { networks: 192.168.0.0/16, except: 192.168.100.0/24 }
entries:
  - { conn: client1, dst: 192.168.0.0/24 }
`;

/** A packet of UDP to each address and port. */
const SAY = String.raw`
use IO::Socket::INET;
IO::Socket::INET->new(Proto => 'udp', PeerAddr => $_)->send('x') for @ARGV;
`;

const HOSTS = [
  '192.168.0.9:7000',
  '192.168.5.9:7000',
  '192.168.100.9:7000',
  '198.51.100.9:7000',
  '192.168.5.9:4500',
];

for (const backend of BACKENDS) {
  describe(`protected networks, ${backend}`, function () {
    this.timeout(60_000);
    let lab: GatewayLab;
    let watch: Watch;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openGatewayLab(backend);
      watch = await openWatch(lab.neighbour);
    });

    after(async () => {
      await watch.close();
      await lab.close();
    });

    /** What came to the far end of which device. */
    async function seen(from: 'gateway' | 'neighbour'): Promise<string[]> {
      await watch.heard();
      await lab[from].execute({ argv: ['perl', '-e', SAY, ...HOSTS] });
      await setTimeout(100);
      const lines = (await watch.heard()).map((line) => line.split(' '));
      return [...new Set(lines.map(([device = '', , , , to = '']) => `${to} by ${device}`))].sort();
    }

    it('are reached by mast or not at all, from here', async () => {
      const applied = await lab.run('apply', await lab.write('site.yaml', POLICY));
      assert.equal(applied.exitCode, 0, applied.stderr);
      assert.deepEqual(await seen('gateway'), [
        '192.168.0.9:7000 by far-mast',
        '192.168.100.9:7000 by wan',
        '192.168.5.9:4500 by wan',
        '198.51.100.9:7000 by wan',
      ]);
    });

    it('are reached by mast or not at all, from elsewhere', async () => {
      assert.deepEqual(await seen('neighbour'), [
        '192.168.0.9:7000 by far-mast',
        '192.168.100.9:7000 by wan',
        '198.51.100.9:7000 by wan',
      ]);
    });

    it('are proven to be, and found when they are not', async () => {
      const policy = lab.pathOf('site.yaml');
      assert.equal((await lab.run('verify', policy)).exitCode, 0);
      await lab.tools.restore('*mangle\n-D SAREF-PROTECT -d 192.168.0.0/16 -j DROP\nCOMMIT\n');
      const { exitCode, stderr } = await lab.run('verify', policy);
      assert.equal(exitCode, 5);
      assert.match(stderr, /SM4016/);
      assert.equal((await lab.run('apply', policy)).exitCode, 0);
    });

    it('are none of the host itself, which is said before anything is written', async () => {
      await batch(lab.gateway, ['address add 192.168.9.1/24 dev saref-wan']);
      for (const command of ['diff', 'apply', 'verify']) {
        const { exitCode, stderr } = await lab.run(command, lab.pathOf('site.yaml'));
        assert.equal(exitCode, 65);
        assert.match(stderr, /SM1514[^]*192\.168\.9\.0\/24/);
      }
    });

    it('are forgotten when they are removed', async () => {
      assert.equal((await lab.run('remove', '--all')).exitCode, 0);
      assert.doesNotMatch(await lab.tools.readCounters(), /SAREF-/);
    });
  });
}
