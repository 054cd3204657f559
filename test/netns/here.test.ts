import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import type { OverlapLab } from '../support/overlap-lab.ts';
import { CLIENT_HOST, openOverlapLab, SAS } from '../support/overlap-lab.ts';
import { openTalk } from '../support/talk.ts';

const USER = 4711;
const AS_USER = ['setpriv', '--reuid', String(USER), '--regid', String(USER), '--clear-groups'];

const HEAD = `version: 1\nsarefs: ${JSON.stringify(SAS)}\nentries:\n`;
const BY_USER = `${HEAD}  - { conn: client1, dst: 192.168.0.0/24, user: ${String(USER)} }\n`;

for (const backend of BACKENDS) {
  describe(`a policy and the host that it is for, ${backend}`, function () {
    this.timeout(60_000);
    let lab: OverlapLab;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined || process.geteuid?.() !== 0) this.skip();
      lab = await openOverlapLab(backend);
    });

    after(() => lab.close());

    const ip = (words: string): Promise<string> => lab.gateway.mustRun({ argv: ['ip', ...words.split(' ')] });

    async function isApplied(policy: string): Promise<void> {
      const { exitCode, stderr } = await lab.run('apply', policy);
      assert.equal(exitCode, 0, stderr);
    }

    /** Who answers a program that leaves its source to the kernel. */
    async function askedBy(as: readonly string[]): Promise<string[]> {
      const anywhere = '0.0.0.0:0';
      const talk = await openTalk(
        lab.gateway,
        [`udp ${anywhere} ${CLIENT_HOST}:7`, `tcp ${anywhere} ${CLIENT_HOST}:7`],
        as,
      );
      const names = await talk.ask();
      await talk.close();
      return names;
    }

    /** The last line of the help of a diagnostic of `verify`. */
    async function whatToAdd(policy: string, code: string): Promise<string> {
      const { exitCode, stdout } = await lab.run('verify', policy, '--output', 'json');
      assert.equal(exitCode, 0, stdout);
      const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; help?: string }[] };
      const found = diagnostics.find((one) => one.code === code);
      return found?.help?.split('\n').at(-1) ?? 'nothing';
    }

    it('are at odds when a user is gone: nothing is written, and the rules stay as they are', async () => {
      const accounts = await lab.write(
        'passwd',
        `${await readFile('/etc/passwd', 'latin1')}leaver:x:${String(USER)}:${String(USER)}::/:/bin/sh\n`,
      );
      const policy = await lab.write('leaver.yaml', BY_USER.replace(String(USER), 'leaver'));
      await lab.gateway.mustRun({ argv: ['mount', '--bind', accounts, '/etc/passwd'] });
      await isApplied(policy);
      await ip('route add 192.168.0.0/24 dev mast0 src 10.9.1.1');
      assert.deepEqual(await askedBy(AS_USER), ['client1', 'client1']);
      await lab.gateway.mustRun({ argv: ['umount', '/etc/passwd'] });
      for (const command of ['diff', 'apply', 'verify']) {
        const { exitCode, stderr } = await lab.run(command, policy);
        assert.equal(exitCode, 65, stderr);
        assert.match(stderr, /error\[SM1408\][^]*leaver\.yaml:4:/);
      }
      assert.match((await lab.run('check', policy)).stderr, /warning\[SM1511\]/);
      assert.deepEqual(await askedBy(AS_USER), ['client1', 'client1']);
      await ip('route del 192.168.0.0/24');
    });

    it('are at odds when there is a route to an alias, which is said before anything is written', async () => {
      const entry = '  - { conn: client1, dst: 192.168.0.0/24, alias: 10.101.0.0/24 }\n';
      const policy = await lab.write('alias.yaml', `${HEAD}${entry}`);
      await isApplied(policy);
      await ip('route add 10.101.0.0/24 via 10.9.3.7');
      for (const command of ['diff', 'apply', 'verify']) {
        const { exitCode, stderr } = await lab.run(command, policy);
        assert.equal(exitCode, 65, stderr);
        assert.match(
          stderr,
          /error\[SM1515\][^]*alias\.yaml:4:[^]*10\.101\.0\.0\/24 via 10\.9\.3\.7 dev lan/,
        );
      }
      await ip('route del 10.101.0.0/24');
      await ip('route add 10.96.0.0/12 via 10.9.3.7');
      const { exitCode, stderr } = await lab.run('diff', policy);
      assert.equal(exitCode, 0, stderr);
      assert.match(stderr, /warning\[SM1516\]/);
      await ip('route del 10.96.0.0/12');
      assert.doesNotMatch((await lab.run('diff', policy)).stderr, /SM151/);
    });

    it('need a route before there is a mark; the one that verify names lets nothing out in clear', async () => {
      const policy = await lab.write('site.yaml', `protect: 192.168.0.0/16\n${BY_USER}`);
      await isApplied(policy);
      await ip('route del default');
      assert.deepEqual(await askedBy(AS_USER), ['unreachable', 'unreachable']);
      const line = await whatToAdd(policy, 'SM4022');
      assert.match(line, /^ip route add 192\.168\.0\.0\/24 dev mast0 src 10\.9\.1\.1$/);
      await lab.gateway.mustRun({ argv: ['sh', '-c', line] });
      await lab.inClear();
      assert.deepEqual(await askedBy(AS_USER), ['client1', 'client1']);
      assert.deepEqual(await askedBy([]), ['nobody', 'nobody']);
      assert.deepEqual(await lab.inClear(), []);
      assert.equal(await whatToAdd(policy, 'SM4022'), 'nothing');
      await ip('route del 192.168.0.0/24');
      await ip('route add default via 203.0.113.254 dev wan');
    });

    it('need a route with the right source, where entries are for some alone', async () => {
      const policy = await lab.write('source.yaml', BY_USER.replace('user:', 'src: 10.9.1.0/24, user:'));
      await isApplied(policy);
      await lab.inClear();
      assert.deepEqual(await askedBy(AS_USER), ['nobody', 'nobody']);
      assert.notDeepEqual(await lab.inClear(), []);
      assert.match((await lab.run('check', policy)).stderr, /warning\[SM1517\][^]*source\.yaml:4:/);
      const line = await whatToAdd(policy, 'SM4023');
      await lab.gateway.mustRun({ argv: ['sh', '-c', line] });
      assert.deepEqual(await askedBy(AS_USER), ['client1', 'client1']);
      assert.deepEqual(await askedBy([]), ['nobody', 'nobody']);
      assert.deepEqual(await lab.inClear(), []);
      assert.equal(await whatToAdd(policy, 'SM4023'), 'nothing');
    });
  });
}
