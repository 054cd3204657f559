import assert from 'node:assert/strict';
import type { Execute, Outcome } from '../../src/system/execute.ts';
import { sarefMark } from '../support/bin.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const POLICY = `version: 1
sarefs: { lab: 18 }
entries:
  - { conn: lab, dst: 192.168.0.0/24 }
  - { conn: lab, dst: 198.51.100.0/24 }
`;

/** A login from a network that the second entry takes, to an address of the gateway. */
const LOGIN = 'SSH_CONNECTION=198.51.100.7 50000 10.9.1.1 22';

for (const backend of BACKENDS) {
  describe(`the operator's own way in, ${backend}`, function () {
    this.timeout(30_000);
    let lab: GatewayLab;
    let policy: string;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openGatewayLab(backend);
      policy = await lab.write('site.yaml', POLICY);
      await lab.gateway.mustRun({ argv: ['ip', 'address', 'add', '10.9.1.1/32', 'dev', 'lo'] });
    });

    after(() => lab.close());

    const loggedIn =
      (login: string, ...shell: readonly string[]): Execute =>
      ({ argv, ...rest }) =>
        lab.gateway.execute({ argv: ['env', login, ...shell, ...argv], ...rest });

    const run = (execute: Execute, command: string, ...args: readonly string[]): Promise<Outcome> =>
      sarefMark([command, policy, '--backend', backend, ...args], { execute });

    it('is named by diff, and by apply before it writes', async () => {
      const { exitCode, stderr } = await run(loggedIn(LOGIN), 'diff');
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, /^warning\[SM1530\].*\n *--> \S+site\.yaml:5:\d+\n/);
      assert.match(stderr, /\ntcp 10\.9\.1\.1:22 -> 198\.51\.100\.7:50000\n/);
      const applied = await run(loggedIn(LOGIN), 'apply', '--verbose');
      assert.equal(applied.exitCode, 0, applied.stderr);
      const [warning, writing] = ['SM1530', '-restore --noflush'].map((words) =>
        applied.stderr.indexOf(words),
      );
      assert.ok(warning !== undefined && writing !== undefined && warning !== -1 && warning < writing);
      assert.equal(applied.stderr.match(/SM1530/g)?.length, 1);
    });

    it('is found behind sudo, and is in the JSON', async () => {
      const sudo = ['sh', '-c', 'env -u SSH_CONNECTION "$@"; exit $?', 'sudo'];
      const { stdout } = await run(loggedIn(LOGIN, ...sudo), 'apply', '--output', 'json');
      const { warnings } = JSON.parse(stdout) as { warnings: readonly string[] };
      assert.match(warnings.join('\n'), /^SM1530 /m);
    });

    it('is none of a login to another host, or from where no entry is for', async () => {
      for (const login of [
        'SSH_CONNECTION=198.51.100.7 50000 10.99.99.99 22',
        'SSH_CONNECTION=203.0.113.7 50000 10.9.1.1 22',
      ]) {
        const { stderr } = await run(loggedIn(login), 'diff');
        assert.doesNotMatch(stderr, /SM153/);
      }
    });

    it('is kept by a flow that is decided already', async () => {
      const flow = ['-s', '198.51.100.7', '-d', '10.9.1.1', '-p', 'tcp', '--sport', '50000', '--dport', '22'];
      const state = ['--state', 'ESTABLISHED', '-t', '60', '--mark', '0x80120000'];
      await lab.gateway.mustRun({ argv: ['conntrack', '-I', ...flow, ...state] });
      const { exitCode, stderr } = await run(loggedIn(LOGIN), 'diff');
      assert.equal(exitCode, 0, stderr);
      assert.doesNotMatch(stderr, /SM1530/);
    });

    it('is named for a network that this host is a part of, though nobody is logged in', async () => {
      const wide = await lab.write('wide.yaml', POLICY.replace('198.51.100.0/24', '10.9.0.0/16'));
      await lab.gateway.mustRun({ argv: ['ip', 'address', 'add', '10.9.77.1/24', 'dev', lab.branchDevice] });
      const { stderr } = await sarefMark(['diff', wide, '--backend', backend], {
        execute: lab.gateway.execute,
      });
      assert.match(stderr, /^warning\[SM1531\][^]*takes tcp \S+:22 -> 10\.9\.77\.\d+:\d+: they go by lab/m);
    });
  });
}
