import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Outcome } from '../../src/system/execute.ts';
import { BIN } from '../support/bin.ts';
import { cgroupRoot } from '../support/cgroup.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const POLICY = `version: 1
sarefs: { client1: 18, client2: 22, gone: down }
entries:
  - { conn: client1, dst: 192.168.0.0/24 }
`;

/** Sends to a network of client1 from a process of its own, and to somebody else. */
const SENDER = String.raw`
use IO::Socket::INET;
exit 3 if (fork // die) == 0 && !talk() ;
wait; exit 5;
sub talk { for ('192.168.0.9', '198.51.100.9') { IO::Socket::INET->new(Proto => 'udp', PeerAddr => "$_:7000")->send('x') } 0 }
`;

for (const backend of BACKENDS) {
  describe(`saref-mark exec, ${backend}`, function () {
    this.timeout(60_000);
    let lab: GatewayLab;
    let policy: string;
    let root: string;

    before(async function () {
      // a cgroup is made by root alone
      if ((await whyNoNamespace()) !== undefined || process.geteuid?.() !== 0) this.skip();
      lab = await openGatewayLab(backend);
      root = await cgroupRoot();
      policy = await lab.write('site.yaml', POLICY);
      await lab.tools.restore(
        [
          '*mangle',
          ...[18, 22].map(
            (saref) =>
              `-A POSTROUTING -o mast0 -p udp --dport 7000 -m mark --mark ${String(0x80000000 + saref * 0x10000)}`,
          ),
          '-A POSTROUTING ! -o mast0 -p udp --dport 7000',
          'COMMIT',
          '',
        ].join('\n'),
      );
    });

    after(() => lab.close());

    const run = (...args: readonly string[]): Promise<Outcome> => lab.run(...args);

    const exec = (conn: string, ...program: readonly string[]): Promise<Outcome> =>
      run('exec', policy, '--conn', conn, '--', ...program);

    /** By client1, by client2, in clear. */
    async function counted(): Promise<number[]> {
      const dump = await lab.tools.readCounters();
      return [...dump.matchAll(/^\[(\d+):\d+\] -A POSTROUTING .*--dport 7000/gm)].map(([, count]) =>
        Number(count),
      );
    }

    const rules = async (): Promise<string> =>
      (await lab.tools.readTable()).replace(/^#.*\n|\[\d+:\d+\]/gm, '');

    it('does not start a program where marked packets have no way', async () => {
      const { exitCode, stderr } = await exec('client2', 'touch', lab.pathOf('started'));
      assert.equal(exitCode, 125);
      assert.match(stderr, /error\[SM3010\].*\n.*could leave in clear/);
      assert.equal((await run('apply', policy)).exitCode, 0);
    });

    it('gives all packets of the program and of its children to the conn, whatever the entries say', async () => {
      const before = await rules();
      const { exitCode, stderr } = await exec('client2', 'perl', '-e', SENDER);
      assert.equal(exitCode, 5, stderr);
      assert.deepEqual(await counted(), [0, 2, 0]);
      assert.equal((await lab.gateway.execute({ argv: ['perl', '-e', SENDER] })).exitCode, 5);
      assert.deepEqual(await counted(), [1, 2, 1]);
      assert.equal(await rules(), before);
    });

    it('starts a program whatever layout the entries have', async () => {
      const entries = Array.from(
        { length: 99 },
        (_, at) => `  - { conn: client1, dst: 10.${String(at)}.0.0/16 }`,
      );
      const text = `layout: sets\n${POLICY}${entries.join('\n')}\n`;
      const inSets = await lab.write('sets.yaml', text);
      assert.equal((await run('apply', inSets)).exitCode, 0);
      assert.match(await rules(), / --map-set SAREF-SET-1 /);
      const { exitCode, stderr } = await run('exec', inSets, '--conn', 'client2', '--', 'true');
      assert.equal(exitCode, 0, stderr);
      assert.equal((await run('apply', policy)).exitCode, 0);
    });

    it('ends as the program does', async () => {
      assert.equal((await exec('client2', 'sh', '-c', 'kill -TERM $$')).exitCode, 143);
      assert.equal((await exec('client2', 'no-such-program')).exitCode, 127);
      assert.equal((await exec('client2', lab.pathOf('.'))).exitCode, 126);
      assert.equal((await exec('client2', 'echo', '--help', "it's")).stdout, "--help it's\n");
    });

    it('refuses a conn that is down or unknown, and wants a conn and a program', async () => {
      for (const conn of ['gone', 'client3']) {
        const { exitCode, stdout } = await exec(conn, 'echo', 'started');
        assert.deepEqual([exitCode, stdout], [125, '']);
      }
      assert.equal((await run('exec', policy, '--', 'true')).exitCode, 64);
      assert.equal((await run('exec', policy, '--conn', 'client2')).exitCode, 64);
    });

    it('is left alone by apply and diff while it runs, gets the new SAref, and leaves nothing', async () => {
      const before = await rules();
      const [file, ...prefix] = lab.gateway.prefix;
      const program = spawn(
        file,
        [
          ...prefix,
          process.execPath,
          BIN,
          'exec',
          policy,
          '--conn',
          'client2',
          '--backend',
          backend,
          '--',
          'cat',
        ],
        { stdio: ['pipe', 'pipe', 'inherit'] },
      );
      program.stdin.write('up\n');
      await once(program.stdout, 'data');
      assert.match((await run('diff', policy)).stdout, /nothing to do/);
      const changed = POLICY.replace('client2: 22', 'client2: 23');
      const rekeyed = await lab.write('rekeyed.yaml', `${changed}  - { conn: client2, dst: 10.77.0.0/16 }\n`);
      assert.equal((await run('apply', rekeyed)).exitCode, 0);
      assert.match(await rules(), /-A SAREF-EXEC-RUNS .*--comment client2 -j MARK --set-xmark 0x80170000/);
      assert.equal((await run('apply', policy)).exitCode, 0);
      const ended = once(program, 'close');
      program.stdin.end();
      assert.deepEqual(await ended, [0, null]);
      assert.equal(await rules(), before);
    });

    it('leaves no cgroup when it was killed before its rule was there, and lets those of other hosts alone', async () => {
      const netns = String(statSync(`/proc/${String(lab.gateway.pid)}/ns/net`).ino);
      const [own, other] = [netns, '1'].map((place) => `${root}/saref-mark/exec-${place}-0`);
      for (const folder of [own, other]) mkdirSync(folder ?? '', { recursive: true });
      try {
        assert.equal((await run('recover')).exitCode, 0);
        assert.deepEqual(
          [own, other].map((folder) => existsSync(folder ?? '')),
          [false, true],
        );
      } finally {
        rmdirSync(other ?? '');
      }
    });

    it('is cleared by the next apply after a crash', async () => {
      const before = await rules();
      const [file, ...prefix] = lab.gateway.prefix;
      const args = [BIN, 'exec', policy, '--conn', 'client2', '--backend', backend, '--', 'cat'];
      const program = spawn(file, [...prefix, process.execPath, ...args], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      program.stdin.write('up\n');
      await once(program.stdout, 'data');
      program.kill('SIGKILL');
      program.stdin.end();
      await once(program, 'close');
      assert.notEqual(await rules(), before);
      // `cat` sees the end of its input a moment later
      for (let tries = 0; tries < 50 && (await rules()) !== before; tries += 1) {
        await setTimeout(20);
        assert.equal((await run('apply', policy)).exitCode, 0);
      }
      assert.equal(await rules(), before);
    });
  });
}
