import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type { Outcome } from '../../src/system/execute.ts';
import { BIN } from '../support/bin.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { killingPath } from '../support/killing-path.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const POLICY = `version: 1
tracking: flow
sarefs: { a: 1, b: 2 }
entries:
  - { conn: a, dst: 192.168.0.0/24 }
  - { conn: b, dst: 192.168.1.0/24 }
`;
const STATE = '/var/lib/saref-mark';

interface StatusJson {
  readonly last: { readonly command: string; readonly policy: { readonly name: string } | null } | null;
  readonly drift: readonly string[];
  readonly pending: { readonly token: string; readonly secondsLeft: number } | null;
  readonly watched: boolean;
  readonly interrupted: unknown;
  readonly reverted: { readonly exitCode: number } | null;
}

for (const backend of BACKENDS) {
  describe(`the state that is kept, ${backend}`, function () {
    this.timeout(120_000);
    let lab: GatewayLab;
    let policy: string;
    let other: string;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    beforeEach(async () => {
      lab = await openGatewayLab(backend);
      policy = await lab.write('site.yaml', POLICY);
      other = await lab.write('other.yaml', POLICY.replace('a: 1', 'a: 7'));
    });

    afterEach(() => lab.close());

    /** All that is ours, and what others have beside it. */
    async function host(): Promise<string> {
      const texts = [
        await lab.tools.readTable(),
        await lab.gateway.mustRun({ argv: ['ip', 'rule', 'show'] }),
        (await lab.gateway.execute({ argv: ['ip', 'route', 'show', 'table', '50'] })).stdout,
        await lab.gateway.mustRun({ argv: ['sysctl', 'net.ipv4.conf.mast0.src_valid_mark'] }),
      ];
      // what an empty chain was once told to do means nothing
      return texts.join('\n').replace(/^[#:].*\n/gm, '');
    }

    async function run(...args: readonly string[]): Promise<Outcome> {
      const outcome = await lab.run(...args);
      assert.equal(outcome.exitCode, 0, `${args.join(' ')}: ${outcome.stderr}`);
      return outcome;
    }

    async function status(): Promise<StatusJson> {
      return JSON.parse((await run('status', '--output', 'json')).stdout) as StatusJson;
    }

    async function until(isSo: () => Promise<boolean>, seconds: number): Promise<number> {
      const begin = performance.now();
      while (!(await isSo())) {
        assert.ok(performance.now() - begin < seconds * 1000, 'it takes too long');
        await setTimeout(50);
      }
      return (performance.now() - begin) / 1000;
    }

    const tokenIn = (text: string): string => /confirm ([0-9a-f]+)/.exec(text)?.[1] ?? 'none';

    it('says what is applied, by whom, and what is not as written any more', async () => {
      assert.match((await run('status')).stdout, /nothing was applied/);
      await run('apply', policy);
      const { last, drift, pending } = await status();
      assert.deepEqual([last?.command, last?.policy?.name, drift, pending], ['apply', policy, [], null]);
      await lab.gateway.mustRun({ argv: ['ip', 'rule', 'del', 'priority', '32764'] });
      await lab.tools.restore('*mangle\n-D OUTPUT -j IPSEC\nCOMMIT\n');
      const drifted = await lab.run('status', '--detailed-exitcode');
      assert.equal(drifted.exitCode, 2);
      assert.match(
        drifted.stdout,
        /32764 .*routed back into mast[^]*packets of this host do not meet the rules/,
      );
    });

    it('shows the beginning of what a large set lacks, and carries all of it in JSON', async () => {
      const entries = Array.from(
        { length: 120 },
        (_, at) => `  - { conn: a, dst: 172.16.${String(at)}.0/24 }\n`,
      );
      const large = await lab.write('large.yaml', `${POLICY}${entries.join('')}`);
      await run('apply', large, '--layout', 'sets');
      const sets = await lab.gateway.mustRun({ argv: ['ipset', 'list', '-name'] });
      await lab.gateway.mustRun({ argv: ['ipset', 'flush', sets.split('\n')[0] ?? ''] });
      const { stdout } = await run('status');
      assert.match(
        stdout,
        /to be done: ipset restore <<'END'\n[^]*\n {2}and \d+ more lines, all of them with /,
      );
      assert.ok(stdout.split('\n').length < 30, stdout);
      const { drift } = await status();
      assert.ok(drift.join('\n').split('\n').length > 100);
    });

    it('goes back to what was before the last change, and the one before, and to nothing', async () => {
      const states = [await host()];
      for (const file of [policy, other]) {
        await run('apply', file);
        states.push(await host());
      }
      await run('rollback');
      assert.equal(await host(), states[1]);
      assert.equal((await status()).last?.policy?.name, policy);
      await run('rollback', '3');
      assert.equal(await host(), states[0]);
      const { stdout } = await run('history');
      assert.deepEqual(
        [...stdout.matchAll(/^(\d+) +\S+Z +\S+ +(\w+)/gm)].map(
          ([, n, command]) => `${String(n)} ${String(command)}`,
        ),
        ['1 rollback', '2 rollback', '3 apply', '4 apply'],
      );
      assert.equal((await lab.run('rollback', '9')).exitCode, 1);
    });

    it('gives back to others what is theirs when it goes back', async () => {
      await lab.tools.restore('*mangle\n:OTHERS - [0:0]\n-A OUTPUT -j OTHERS\nCOMMIT\n');
      await run('apply', policy);
      await lab.tools.restore('*mangle\n-A OTHERS -p tcp -j ACCEPT\n-A PREROUTING -j OTHERS\nCOMMIT\n');
      await run('rollback');
      const rules = (await lab.tools.readTable()).split('\n').filter((line) => line.startsWith('-A'));
      assert.deepEqual(rules, [
        '-A PREROUTING -j OTHERS',
        '-A OUTPUT -j OTHERS',
        '-A OTHERS -p tcp -j ACCEPT',
      ]);
    });

    it('takes a change back on time when its session is cut and nobody confirms', async () => {
      await run('apply', policy);
      const before = await host();
      // a terminal and a session of its own, which are gone when `script` is killed
      const command = `${process.execPath} ${BIN} apply ${other} --backend ${backend} --confirm 6s; sleep 600`;
      const cut = lab.gateway.execute({
        argv: ['script', '--quiet', '--command', command, '/dev/null'],
        timeLimitSeconds: 4,
        startsOthers: true,
      });
      const armed = performance.now();
      await until(async () => (await status()).pending !== null, 10);
      await until(async () => (await host()) !== before, 10);
      const { failure } = await cut;
      assert.equal(failure, 'timed out');
      const { pending, watched } = await status();
      assert.ok(pending !== null && watched);
      await until(async () => (await status()).reverted !== null, 60);
      const took = (performance.now() - armed) / 1000;
      assert.equal(await host(), before);
      assert.equal((await status()).reverted?.exitCode, 3);
      process.stdout.write(`        back ${took.toFixed(1)} s after an apply with --confirm 6s was begun\n`);
      assert.ok(took > 5.5 && took < 15, String(took));
      const late = await lab.run('confirm', pending.token);
      assert.equal(late.exitCode, 3, late.stderr);
    });

    it('takes the first change of all back to nothing', async () => {
      const before = await host();
      await run('apply', policy, '--confirm', '2s');
      assert.notEqual(await host(), before);
      await until(async () => (await status()).reverted !== null, 60);
      assert.equal(await host(), before);
    });

    it('lets a change stay that is confirmed by its word, and not by another', async () => {
      const token = tokenIn((await run('apply', policy, '--confirm', '3s')).stdout);
      const after = await host();
      const wrong = await lab.run('confirm', 'aaaaaaaaaa');
      assert.equal(wrong.exitCode, 1);
      assert.match(wrong.stderr, /SM3014/);
      await run('confirm', token);
      await setTimeout(4000);
      assert.equal(await host(), after);
      assert.deepEqual([(await status()).pending, (await status()).watched], [null, false]);
    });

    it('begins anew, and goes back behind both, when a change is followed by another one', async () => {
      const before = await host();
      const first = tokenIn((await run('apply', policy, '--confirm', '60s')).stdout);
      const second = tokenIn((await run('apply', other, '--confirm', '30s')).stdout);
      assert.equal((await lab.run('confirm', first)).exitCode, 1);
      // nothing to do: the time begins anew all the same
      const third = tokenIn((await run('apply', other, '--confirm', '10s')).stdout);
      assert.equal(new Set([first, second, third]).size, 3);
      const plain = await lab.run('apply', policy);
      assert.match(plain.stderr, /SM3105/);
      await until(async () => (await status()).reverted !== null, 60);
      assert.equal(await host(), before);
    });

    it('waits again for a confirmation whose process was killed', async () => {
      const before = await host();
      await run('apply', policy, '--confirm', '20s');
      const { stdout } = await lab.gateway.execute({ argv: ['sh', '-c', `cat ${STATE}/*/watchdog.json`] });
      process.kill((JSON.parse(stdout) as { pid: number }).pid, 'SIGKILL');
      await until(async () => !(await status()).watched, 5);
      assert.match((await run('recover')).stdout, /runs again/);
      await until(async () => (await status()).reverted !== null, 60);
      assert.equal(await host(), before);
    });

    it('writes nothing when it cannot be written down, unless it need not', async () => {
      const before = await host();
      const folders: readonly (readonly [string, string, RegExp])[] = [
        [
          'full',
          'mount -t tmpfs -o size=4k tmpfs FULL && chmod 700 FULL && head -c 4096 /dev/zero > FULL/x',
          /ENOSPC/,
        ],
        [
          'read-only',
          'mkdir -m 700 FULL && mount --bind FULL FULL && mount -o remount,bind,ro FULL',
          /EROFS/,
        ],
        ['open to others', 'mkdir -m 755 FULL', /others may look into it[^]*chmod 700/],
        ['a link', 'mkdir -m 700 FULL.real && ln -s FULL.real FULL', /symbolic link/],
        ["somebody else's", 'mkdir -m 700 FULL && chown 65534 FULL', /belongs to user 65534/],
      ];
      for (const [index, [what, make, why]] of folders.entries()) {
        if (what === "somebody else's" && process.geteuid?.() !== 0) continue;
        const folder = `/var/lib/${String(index)}`;
        const isMount = what === 'full' ? `mkdir ${folder}; ` : '';
        await lab.gateway.mustRun({ argv: ['sh', '-c', isMount + make.replaceAll('FULL', folder)] });
        const { exitCode, stderr } = await lab.run('apply', policy, '--state-dir', folder);
        assert.equal(exitCode, 1, `${what}: ${stderr}`);
        assert.match(stderr, /SM3013[^]*Nothing was written/, what);
        assert.match(stderr, why);
        assert.equal(await host(), before, what);
      }
      assert.equal((await lab.run('apply', policy, '--no-state', '--confirm', '5s')).exitCode, 64);
      await run('apply', policy, '--no-state');
      assert.notEqual(await host(), before);
    });

    it('takes a change back although its folder is gone', async () => {
      const before = await host();
      await run('apply', policy, '--confirm', '3s');
      await lab.gateway.mustRun({ argv: ['rm', '-r', STATE] });
      await until(async () => (await host()) === before, 20);
    });

    // the crash matrix, npm run test:crash, has all of them
    const kills = [
      [1, 'before', 'recover'],
      [4, 'after', 'recover'],
      [6, 'before', 'apply'],
      [8, 'after', 'apply'],
    ] as const;
    for (const [n, moment, next] of kills) {
      it(`is in the old state or in the new one when apply was killed ${moment} command ${String(n)} and ${next} is run`, async () => {
        const old = await host();
        const path = await killingPath(lab.pathOf('.'), n, moment);
        const env = ['env', `PATH=${path}:${process.env['PATH'] ?? ''}`, process.execPath, BIN] as const;
        const killed = await lab.gateway.execute({
          argv: [...env, 'apply', policy, '--backend', backend],
        });
        assert.equal(killed.failure, 'killed', killed.stderr);
        assert.notEqual((await status()).interrupted, null);
        const { stderr } = await (next === 'apply' ? run('apply', policy) : run('recover'));
        assert.match(stderr, /SM3102/);
        const { interrupted, last } = await status();
        assert.equal(interrupted, null);
        assert.equal((await host()) === old, next === 'recover');
        assert.equal(last?.command, next === 'recover' ? undefined : 'apply');
      });
    }
  });
}
