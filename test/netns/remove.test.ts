import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Outcome } from '../../src/system/execute.ts';
import { ROOT, sarefMark } from '../support/bin.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';

const SITE = join(ROOT, 'policies', 'site.yaml');

const POLICY = `version: 1
mast: { table: 77 }
tracking: flow
sarefs: { server-client1: 18 }
entries:
  - { conn: server-client1, src: 10.9.1.0/24, dst: 192.168.0.0/24 }
`;

/** Cannot be compiled without pluto, and there is none. */
const OF_PLUTO = POLICY.replace(/^sarefs: .*$/m, 'sarefs: pluto');

for (const backend of BACKENDS) {
  describe(`remove, ${backend}`, function () {
    this.timeout(30_000);
    let lab: GatewayLab;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openGatewayLab(backend);
      await lab.write('site.yaml', POLICY);
      await lab.write('pluto.yaml', OF_PLUTO);
      await lab.tools.restore('*mangle\n-A PREROUTING -p tcp -j ACCEPT\n-A OUTPUT -j LOG\nCOMMIT\n');
      await lab.tools.setSysctl('net.ipv4.conf.mast0.src_valid_mark', false);
    });

    after(() => lab.close());

    const file = (name: string): string => lab.pathOf(`${name}.yaml`);

    const run = (...args: readonly string[]): Promise<Outcome> => lab.run(...args);

    async function everything(): Promise<string> {
      const commands = [
        [lab.tools.backend.save, '-t', 'mangle'],
        ['ip', 'rule', 'show'],
        ['ip', 'route', 'show', 'table', 'all'],
        ['sysctl', 'net.ipv4.conf.mast0.src_valid_mark', 'net.ipv4.fwmark_reflect'],
      ] as const;
      const texts = await Promise.all(commands.map((argv) => lab.gateway.mustRun({ argv })));
      return texts
        .join('')
        .replace(/^#.*\n/gm, '')
        .replace(/\[\d+:\d+\]/g, '');
    }

    for (const [what, args] of [
      ['by the policy', () => [file('site')]],
      ['by a policy whose SArefs only pluto could tell', () => [file('pluto')]],
      ['without a policy, in whatever routing table', () => ['--all']],
    ] as const) {
      it(`takes everything of ours away, and nothing else, ${what}`, async () => {
        const before = await everything();
        assert.equal((await run('apply', file('site'))).exitCode, 0);
        assert.notEqual(await everything(), before);
        const dry = await run('remove', ...args(), '--dry-run', '--detailed-exitcode');
        assert.equal(dry.exitCode, 2);
        assert.match(dry.stdout, /^everything from 10\.9\.1\.0\/24 .* is no longer marked/m);
        const { exitCode, stdout, stderr } = await run('remove', ...args());
        assert.equal(exitCode, 0, stderr);
        assert.match(stdout, /: removed in \d+ steps\n$/);
        assert.equal(await everything(), before);
        assert.match((await run('remove', ...args())).stdout, /: nothing to do\n$/);
      });
    }

    it('wants a policy or --all', async () => {
      for (const args of [[], ['--all', file('site')]]) {
        const { exitCode, stderr } = await run('remove', ...args);
        assert.deepEqual([exitCode, stderr.includes('a policy file or --all is needed')], [64, true]);
      }
    });

    it('takes what is left when the device is gone', async () => {
      assert.equal((await run('apply', file('site'))).exitCode, 0);
      await lab.gateway.mustRun({ argv: ['ip', 'link', 'del', 'dev', 'mast0'] });
      assert.equal((await run('remove', '--all')).exitCode, 0);
      const left = await lab.gateway.mustRun({ argv: [lab.tools.backend.save] });
      const rules = await lab.gateway.mustRun({ argv: ['ip', 'rule', 'show'] });
      assert.doesNotMatch(left + rules, /SAREF|IPSEC|fwmark/);
    });
  });
}

describe('a host with rules in both back ends', function () {
  this.timeout(30_000);
  let lab: Lab;

  before(async function () {
    if ((await whyNoNamespace()) !== undefined) this.skip();
    lab = await openLab('legacy');
  });

  after(() => lab.close());

  const run = (...args: readonly string[]): Promise<Outcome> =>
    sarefMark(args, { execute: lab.gateway.execute });

  const load = (tool: string, line: string): Promise<string> =>
    lab.gateway.mustRun({ argv: [tool, '--noflush'], stdin: `*filter\n${line}\nCOMMIT\n` });

  it('is asked about the one that holds rules, and about none when both do', async () => {
    await load('iptables-legacy-restore', '-A INPUT -j ACCEPT');
    const { stdout, stderr: said } = await run('apply', SITE, '--output', 'json');
    assert.equal(said, '');
    assert.equal((JSON.parse(stdout) as { backend: string }).backend, 'legacy');
    await load('iptables-nft-restore', '-A FORWARD -j ACCEPT');
    for (const command of ['apply', 'diff', 'remove']) {
      const { exitCode, stderr } = await run(command, SITE);
      assert.equal(exitCode, 69, stderr);
      assert.match(stderr, /error\[SM3008\] rules in both back ends/);
      assert.match(stderr, /legacy \(iptables v\S+ \(legacy\)\): rules in .*filter 1/);
      assert.match(stderr, /--backend nf_tables/);
    }
  });

  it('is not written to in one while ours are in the other', async () => {
    const { exitCode, stderr } = await run('apply', SITE, '--backend', 'nf_tables');
    assert.equal(exitCode, 69);
    assert.match(stderr, /error\[SM3009\]/);
    assert.equal((await run('remove', '--all', '--backend', 'legacy')).exitCode, 0);
    assert.equal((await run('apply', SITE, '--backend', 'nf_tables')).exitCode, 0);
  });
});
