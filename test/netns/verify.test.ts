import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '../../src/system/execute.ts';
import { BIN } from '../support/bin.ts';
import { BREAKAGES, breakHost, BROKEN_POLICY } from '../support/breakages.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

interface VerifyJson {
  readonly version: number;
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly result: string; readonly packets?: number }[];
  readonly warnings: readonly object[];
}

/** What pluto says of one conn, as Openswan 2.6 does. */
function statusOf(refhim: number): string {
  return [
    '000 using kernel interface: mast',
    ...['server-client1', 'server-client2'].flatMap((conn, index) => [
      `000 "${conn}": 10.9.1.0/24===192.0.2.1<192.0.2.1>...198.51.100.1<198.51.100.1>===192.168.0.0/24; erouted; eroute owner: #${String(index + 2)}`,
      `000 #${String(index + 2)}: "${conn}":500 STATE_QUICK_I2 (sent QI2, IPsec SA established); EVENT_SA_REPLACE in 27s; newest IPSEC; eroute owner; isakmp#1; idle; import:admin initiate`,
      `000 #${String(index + 2)}: "${conn}" esp.1@198.51.100.1 esp.2@192.0.2.1 ref=${String(17 + 4 * index)} refhim=${String(index === 0 ? refhim : 22)}`,
    ]),
    '',
  ].join('\n');
}

const NOT_APPLICABLE = ['answers', 'unmarked routes', 'SArefs', 'updown script'];

interface LinkJson {
  readonly stats64: { readonly rx: { readonly packets: number } };
}

function named({ checks }: VerifyJson, result: string): string[] {
  return checks.filter((check) => check.result === result).map(({ name }) => name);
}

for (const backend of BACKENDS) {
  describe(`verify on a live host, ${backend}`, function () {
    this.timeout(60_000);
    let lab: GatewayLab;
    let policy: string;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openGatewayLab(backend);
      policy = await lab.write('site.yaml', BROKEN_POLICY);
    });

    after(() => lab.close());

    const run = (...args: readonly string[]): Promise<Outcome> => lab.run(...args);

    /** With a folder of programs in front of all others. */
    const runWith = (programs: string, ...args: readonly string[]): Promise<Outcome> =>
      lab.gateway.execute({ argv: commandWith(programs, args) });

    function commandWith(programs: string, args: readonly string[]): [string, ...string[]] {
      const path = `PATH=${programs}:${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
      return ['env', path, process.execPath, BIN, ...args, '--backend', backend];
    }

    async function programs(name: string, script: string): Promise<string> {
      const place = await mkdtemp(lab.pathOf('bin-'));
      await writeFile(join(place, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return place;
    }

    /** The policy, and nothing that a breakage has left. */
    async function restoreHost(): Promise<void> {
      assert.equal((await run('apply', policy)).exitCode, 0);
      await lab.tools.restore('*mangle\n-F PREROUTING\n-F NEW_IPSEC_CONN\nCOMMIT\n');
      assert.equal((await run('apply', policy)).exitCode, 0);
    }

    const mangle = (): Promise<string> =>
      lab.gateway.mustRun({ argv: [lab.tools.backend.save, '-t', 'mangle'] });

    /** How many packets have come out of mast, at its far end. */
    async function received(): Promise<number> {
      const argv = ['ip', '-json', '-stats', 'link', 'show', 'dev', 'far-mast'] as const;
      const [link] = JSON.parse(await lab.neighbour.mustRun({ argv })) as LinkJson[];
      return Number(link?.stats64.rx.packets);
    }

    for (const tracking of ['packet', 'flow']) {
      it(`is green after an apply, tracking: ${tracking}`, async () => {
        const changed = BROKEN_POLICY.replace('tracking: flow', `tracking: ${tracking}`);
        const file = await lab.write(`${tracking}.yaml`, changed);
        assert.equal((await run('apply', file)).exitCode, 0);
        const { exitCode, stdout, stderr } = await run('verify', file);
        assert.equal(exitCode, 0, `${stdout}${stderr}`);
        assert.equal(stderr, '');
        assert.match(stdout, /^verified: the host does what the policy says$/m);
        const json = JSON.parse((await run('verify', file, '--output', 'json')).stdout) as VerifyJson;
        assert.deepEqual([json.version, json.ok, json.warnings], [1, true, []]);
        assert.deepEqual(named(json, 'failed'), []);
        assert.deepEqual(named(json, 'not checked'), NOT_APPLICABLE);
      });
    }

    for (const [what, breakage] of Object.entries(BREAKAGES)) {
      it(`is not green, and says what is wrong: ${what}`, async () => {
        assert.equal((await run('apply', policy)).exitCode, 0);
        await breakHost(lab, breakage);
        const { exitCode, stdout, stderr } = await run('verify', policy);
        assert.equal(exitCode, 5, stdout);
        assert.match(stdout, /^NOT verified: /m);
        for (const words of breakage.told) assert.match(stderr, words);
        const json = JSON.parse((await run('verify', policy, '--output', 'json')).stdout) as VerifyJson;
        assert.equal(json.ok, false);
        assert.deepEqual(named(json, 'failed'), breakage.failing);
        assert.equal((await run('apply', policy)).exitCode, 0);
        assert.equal((await run('verify', policy)).exitCode, 0);
      });
    }

    it('warns of a rule of others for packets that no entry takes, and does not of one that changes nothing', async () => {
      await restoreHost();
      const rule =
        '-d 192.168.0.0/24 -m mark --mark 0x0/0x80000000 -j MARK --set-xmark 0x80310000/0xffff0000';
      const harmless = '-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu';
      const change = (verb: string): Promise<void> =>
        lab.tools.restore(`*mangle\n-${verb} FORWARD ${harmless}\n-${verb} POSTROUTING ${rule}\nCOMMIT\n`);
      await change('A');
      const { exitCode, stdout, stderr } = await run('verify', policy);
      await change('D');
      assert.equal(exitCode, 0, stderr);
      assert.match(
        stderr,
        /warning\[SM4014\][^]*By rule \d of POSTROUTING, which is not ours:\n {4}-A POSTROUTING -d/,
      );
      assert.match(stdout, /of which it says nothing marked by rules of others/);
    });

    it('does not say that it is right what it cannot evaluate', async () => {
      const rule = '-m conntrack --ctstate INVALID -j DROP';
      await lab.tools.restore(`*mangle\n-A PREROUTING ${rule}\nCOMMIT\n`);
      const { exitCode, stdout, stderr } = await run('verify', policy);
      const json = JSON.parse((await run('verify', policy, '--output', 'json')).stdout) as VerifyJson;
      await lab.tools.restore(`*mangle\n-D PREROUTING ${rule}\nCOMMIT\n`);
      assert.equal(exitCode, 5, stdout);
      assert.match(stderr, /SM4007[^]*-A PREROUTING -m conntrack --ctstate INVALID -j DROP/);
      assert.match(stdout, /^NOT verified: 1 could not be made$/m);
      assert.deepEqual(named(json, 'failed'), []);
      assert.deepEqual(named(json, 'not checked'), ['live rules', ...NOT_APPLICABLE]);
    });

    it('says that the filter drops what src_valid_mark does not save', async () => {
      const set = (rp: string, mark: string): Promise<string> =>
        lab.gateway.mustRun({
          argv: [
            'sysctl',
            '-w',
            `net.ipv4.conf.mast0.rp_filter=${rp}`,
            `net.ipv4.conf.mast0.src_valid_mark=${mark}`,
          ],
        });
      await set('1', '0');
      const { exitCode, stderr } = await run('verify', policy);
      await set('0', '1');
      assert.equal(exitCode, 5);
      assert.match(stderr, /the reverse path filter drops what mast has decapsulated[^]*rp_filter is on/);
    });

    describe('asks pluto, and', () => {
      before(restoreHost);

      const cases = [
        ['is green when it has the SArefs of the plan', `cat <<'END'\n${statusOf(18)}END`, 0, /^$/],
        [
          'fails when it has another one',
          `cat <<'END'\n${statusOf(30)}END`,
          5,
          /SM4009[^]*site\.yaml:5:13[^]*is marked with SAref 18|SM4009[^]*marked with SAref 18, and pluto sends by SAref 30/,
        ],
        [
          'fails when it does not run',
          'echo "whack: Pluto is not running (no \\"/run/pluto/pluto.ctl\\")" >&2; exit 1',
          5,
          /SM4007[^]*Pluto is not running/,
        ],
      ] as const;
      for (const [what, script, code, told] of cases) {
        it(what, async () => {
          const { exitCode, stdout, stderr } = await runWith(
            await programs('ipsec', script),
            'verify',
            policy,
          );
          assert.equal(exitCode, code, stdout + stderr);
          assert.match(stderr, told);
        });
      }
    });

    it('knows packets to aliases again, and says when nat does not lead them on', async () => {
      const file = await lab.write(
        'aliases.yaml',
        `version: 1
tracking: flow
sarefs: { server-client1: 18, server-client2: 22 }
entries:
  - { conn: server-client1, src: 10.9.1.0/24, dst: 192.168.0.0/24, alias: 10.101.0.0/24 }
  - { conn: server-client2, src: 10.9.1.0/24, dst: 192.168.0.0/24, alias: 10.102.0.0/24 }
`,
      );
      assert.equal((await run('apply', file)).exitCode, 0);
      const whole = await run('verify', file, '--probe');
      assert.equal(whole.exitCode, 0, `${whole.stdout}${whole.stderr}`);
      assert.match(whole.stdout, /^probe +ok +2 of 2 packets /m);
      await lab.tools.restore('*nat\n-F SAREF-ALIAS\nCOMMIT\n');
      const broken = await run('verify', file, '--probe');
      assert.equal(broken.exitCode, 5);
      assert.match(broken.stdout, /^probe +FAILED +0 of 2 packets /m);
      assert.match(
        broken.stderr,
        /the policy says it goes on to 192\.168\.0\.\d+, the live rules send it to 10\.101\.0\./,
      );
      await restoreHost();
    });

    describe('with --probe', () => {
      before(async () => {
        await restoreHost();
        await lab.gateway.mustRun({ argv: ['ip', 'address', 'add', '10.9.1.1/32', 'dev', 'lo'] });
      });

      it('counts a packet for each entry, from an address of the host and from another, and drops all', async () => {
        const [rules, before] = [await mangle(), await received()];
        const { exitCode, stdout, stderr } = await run('verify', policy, '--probe');
        assert.equal(exitCode, 0, stdout + stderr);
        assert.match(stdout, /^probe +ok +2 of 2 packets of this host counted on mast0 as the policy says$/m);
        assert.match(stdout, /^forwarded probe +not checked /m);
        assert.equal(await received(), before);
        assert.equal(withoutNumbers(await mangle()), withoutNumbers(rules));
      });

      it('lets them go with =send', async () => {
        const before = await received();
        const { exitCode, stdout, stderr } = await run('verify', policy, '--probe=send');
        assert.equal(exitCode, 0, stdout + stderr);
        assert.equal((await received()) - before, 2);
        assert.doesNotMatch(await mangle(), /SAREF-PROBE/);
      });

      it('counts and drops no packet that is not its own', async () => {
        // the second sender takes the first header of the first one, with the time to live that all have
        const lines = lab.pathOf('lines');
        const place = await programs(
          'perl',
          `tee ${lines} | /usr/bin/perl "$@" && sed -n '1s/^\\(.\\{18\\}\\)c9/\\140/p' ${lines} | /usr/bin/perl "$@" >&2`,
        );
        const before = await received();
        const { exitCode, stdout, stderr } = await runWith(place, 'verify', policy, '--probe');
        assert.equal(exitCode, 0, stdout + stderr);
        assert.equal((await received()) - before, 1);
      });

      it('fails when they leave with another mark, or in clear', async () => {
        const { 'a rule changed by hand': breakage } = BREAKAGES;
        assert.ok(breakage);
        await breakHost(lab, breakage);
        const marked = await run('verify', policy, '--probe');
        assert.equal(marked.exitCode, 5);
        assert.match(marked.stderr, /SM4001[^]*went by 0x80120000 \(SAref 18\)/);
        await lab.tools.restore('*mangle\n-F SAREF-ENTRIES\nCOMMIT\n');
        const clear = await run('verify', policy, '--probe');
        assert.equal(clear.exitCode, 5);
        assert.match(clear.stderr, /SM4003[^]*1 of 1 packets left by another device/);
        assert.doesNotMatch(await mangle(), /SAREF-PROBE/);
        assert.equal((await run('apply', policy)).exitCode, 0);
      });

      it('takes its rules away when sending fails', async () => {
        const rules = await mangle();
        const place = await programs('perl', 'echo "no luck" >&2; exit 3');
        const { exitCode, stdout, stderr } = await runWith(place, 'verify', policy, '--probe');
        assert.equal(exitCode, 5, stderr);
        assert.match(stderr, /SM3001[^]*exit code 3:\n {4}no luck\nNo rule of the probe is left\./);
        assert.match(stdout, /^probe +not checked/m);
        assert.equal(withoutNumbers(await mangle()), withoutNumbers(rules));
      });

      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        it(`takes its rules away on ${signal}, and ends by it`, async () => {
          const place = await programs('perl', 'sleep 2; exec /usr/bin/perl "$@"');
          const [file, ...args] = [
            ...lab.gateway.prefix,
            ...commandWith(place, ['verify', policy, '--probe']),
          ];
          const child = spawn(file, args, { stdio: 'ignore' });
          const ended = once(child, 'exit');
          await until(async () => /-j SAREF-PROBE-1$/m.test(await mangle()));
          child.kill(signal);
          assert.deepEqual(await ended, [null, signal]);
          assert.doesNotMatch(await mangle(), /SAREF-PROBE/);
        });
      }

      it('says what it could not take away, and apply does it', async () => {
        const tool = lab.tools.backend.restore;
        const script = `input=$(cat); case "$input" in *"-X SAREF-PROBE"*) echo refused >&2; exit 1;; esac; printf '%s\\n' "$input" | /usr/sbin/${tool} "$@"`;
        const place = await programs(tool, script);
        const { exitCode, stderr } = await runWith(place, 'verify', policy, '--probe');
        assert.equal(exitCode, 5, stderr);
        assert.match(
          stderr,
          new RegExp(`SM4012[^]*refused[^]*${tool} --noflush <<'END'\n[^]*-X SAREF-PROBE`),
        );
        assert.match(await mangle(), /SAREF-PROBE/);
        assert.equal((await run('verify', policy)).exitCode, 5);
        assert.equal((await run('apply', policy)).exitCode, 0);
        assert.doesNotMatch(await mangle(), /SAREF-PROBE/);
        assert.equal((await run('verify', policy)).exitCode, 0);
      });

      it('heals what a run that was killed has left, and is no less right for it', async () => {
        await lab.tools.restore(
          '*mangle\n:SAREF-PROBE - [0:0]\n:SAREF-PROBE-9 - [0:0]\n-A POSTROUTING -m ttl --ttl-eq 201 -j SAREF-PROBE\n-A SAREF-PROBE -j SAREF-PROBE-9\n-A SAREF-PROBE-9 -j DROP\nCOMMIT\n',
        );
        const { stdout } = await run('verify', policy, '--probe');
        assert.match(stdout, /^probe +ok/m);
        assert.doesNotMatch(await mangle(), /SAREF-PROBE/);
      });
    });
  });
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isTrue())) assert.ok(Date.now() < deadline, 'it never comes');
}

/** Without dates and counters. */
function withoutNumbers(save: string): string {
  return save.replace(/^#.*\n/gm, '').replace(/\[[0-9:]+\]/g, '');
}
