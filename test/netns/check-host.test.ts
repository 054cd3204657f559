import assert from 'node:assert/strict';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const POLICY = `version: 1
sarefs: { lab: { refhim: 18, ref: 17 }, ben: { refhim: 22, ref: 21 } }
entries:
  - { conn: lab, dst: 192.168.0.0/24 }
  - { conn: ben, dst: 10.20.2.0/24, in: mast0 }
`;

interface CheckJson {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly result: string }[];
  readonly warnings: readonly string[];
}

for (const backend of BACKENDS) {
  describe(`check --host, ${backend}`, function () {
    this.timeout(60_000);
    let lab: GatewayLab;
    let policy: string;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openGatewayLab(backend);
      policy = await lab.write('site.yaml', POLICY);
    });

    after(() => lab.close());

    const must = (...argv: [string, ...string[]]): Promise<string> => lab.gateway.mustRun({ argv });
    const redirects = (on: 0 | 1): Promise<string> =>
      must(
        'sysctl',
        '-w',
        ...['all', 'mast0'].map((name) => `net.ipv4.conf.${name}.send_redirects=${String(on)}`),
      );

    const checkHost = async (...args: string[]): Promise<CheckJson & { exitCode: number | undefined }> => {
      const { exitCode, stdout, stderr } = await lab.run(
        'check',
        policy,
        '--host',
        '--output',
        'json',
        ...args,
      );
      assert.notEqual(stdout, '', stderr);
      return { exitCode, ...(JSON.parse(stdout) as CheckJson) };
    };

    it('warns of redirects where a policy sends on from client to client, and is an error with --strict', async () => {
      await redirects(1);
      const { exitCode, ok, warnings } = await checkHost();
      assert.deepEqual([exitCode, ok], [0, true]);
      assert.match(warnings.join('\n'), /^SM4034 .*site\.yaml:5:13\)$/m);
      assert.equal((await checkHost('--strict')).exitCode, 65);
      await redirects(0);
      assert.doesNotMatch((await checkHost()).warnings.join('\n'), /SM4034/);
    });

    it('names an ip rule of others in front, and the back end that is not in use', async () => {
      const other = backend === 'legacy' ? 'iptables-nft' : 'iptables-legacy';
      await must('ip', 'rule', 'add', 'priority', '5210', 'fwmark', '0x80000/0xff0000', 'lookup', '52');
      await must(other, '-t', 'mangle', '-A', 'FORWARD', '-p', 'udp', '--dport', '9', '-j', 'DROP');
      const { exitCode, warnings } = await checkHost();
      assert.equal(exitCode, 0);
      assert.match(warnings.join('\n'), /^SM4031 /m);
      assert.match(warnings.join('\n'), /^SM4032 /m);
      await must('ip', 'rule', 'del', 'priority', '5210');
      await must(other, '-t', 'mangle', '-F', 'FORWARD');
    });

    it('finds a mark of others that would destroy ours, and apply is as it said', async () => {
      const add = `*mangle\n-A POSTROUTING -p udp -j MARK --set-xmark 0x1/0xffffffff\nCOMMIT\n`;
      await lab.tools.restore(add);
      const { exitCode, ok, checks } = await checkHost();
      assert.deepEqual([exitCode, ok], [5, false]);
      const failed = checks.filter(({ result }) => result === 'failed').map(({ name }) => name);
      assert.deepEqual(failed, ['rules to come', 'answers']);
      assert.equal((await lab.run('apply', policy)).exitCode, 0);
      const verified = await lab.run('verify', policy);
      assert.match(verified.stdout, /^live rules +FAILED/m);
      await lab.tools.restore(add.replace('-A', '-D'));
      assert.match((await lab.run('verify', policy)).stdout, /^live rules +ok/m);
    });

    it('gives rules that have TCP send shorter segments, which verify takes for what they are', async () => {
      await must('ip', 'link', 'set', 'dev', 'mast0', 'mtu', '16260');
      assert.equal((await lab.run('apply', policy)).exitCode, 0);
      const { stderr } = await lab.run('verify', policy);
      assert.match(stderr, /SM4033[^]*mast0 has an MTU of 16260, and saref-wan below it 1500/);
      const commands = [...stderr.matchAll(/^ {4}(iptables\S* -t mangle -A .* TCPMSS .*)$/gm)];
      assert.equal(commands.length, 2);
      for (const [, line = ''] of commands) await must('env', ...line.split(' '));
      const verified = await lab.run('verify', policy);
      assert.equal(verified.exitCode, 0, verified.stderr);
      assert.doesNotMatch(verified.stderr, /SM4033/);
      assert.match(verified.stdout, /^segments +ok .* TCP is told to send shorter segments$/m);
      for (const [, line = ''] of commands) await must('env', ...line.replace(' -A ', ' -D ').split(' '));
      await must('ip', 'link', 'set', 'dev', 'mast0', 'mtu', '1399');
    });

    it('writes nothing', async () => {
      assert.equal((await lab.run('remove', '--all')).exitCode, 0);
      const state = async (): Promise<string[]> => [
        (await must(lab.tools.backend.save)).replace(/^#.*\n/gm, ''),
        await must('ip', 'rule', 'show'),
        await must('ip', 'route', 'show', 'table', 'all'),
      ];
      const before = await state();
      assert.equal((await checkHost()).exitCode, 0);
      assert.deepEqual(await state(), before);
    });
  });
}
