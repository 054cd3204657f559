import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { BIN } from '../support/bin.ts';
import { cgroupRoot } from '../support/cgroup.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const CGROUP = `saref-test-${String(process.pid)}`;

/** An entry of each kind, and all that a policy can ask for beside them. */
const POLICY = `version: 1
tracking: flow
sarefs:
  client1: { refhim: 18, ref: 17 }
  client2: { refhim: 22, ref: 21 }
protect: { networks: 192.168.0.0/16, except: 192.168.100.0/24 }
entries:
  - { conn: client1, dst: 192.168.0.0/24, alias: 10.101.0.0/24 }
  - { conn: client2, dst: 192.168.0.0/24, alias: 10.102.0.0/24 }
  - { conn: client1, dst: 192.168.0.0/24, user: 34 }
  - { conn: client2, dst: 192.168.0.0/24, group: 35 }
  - { conn: client1, dst: 192.168.0.0/24, cgroup: ${CGROUP} }
  - { conn: client2, dst: 192.168.0.0/24, dscp: ef }
  - { conn: client1, dst: 192.168.0.0/24, proto: udp, sport: 4000-4999 }
  - { conn: client2, dst: 192.168.7.0/24, in: saref-branch }
`;

/** What somebody else has there already. */
const FOREIGN = `*raw
-A PREROUTING -p icmp -j CT --notrack
-A OUTPUT -p icmp -j CT --notrack
COMMIT
*nat
-A PREROUTING -p udp -m udp --dport 9 -j DNAT --to-destination 10.9.1.9
-A OUTPUT -p udp -m udp --dport 9 -j DNAT --to-destination 10.9.1.9
COMMIT
*mangle
-A PREROUTING -p tcp -j ACCEPT
-A OUTPUT -j MARK --set-xmark 0x4/0xf
-A POSTROUTING -p tcp -j ACCEPT
COMMIT
`;

for (const backend of BACKENDS) {
  describe(`remove, of entries of all kinds, ${backend}`, function () {
    this.timeout(30_000);
    let lab: GatewayLab;
    let cgroups: string;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined || process.geteuid?.() !== 0) this.skip();
      lab = await openGatewayLab(backend);
      await lab.tools.restore(FOREIGN);
      await lab.tools.setSysctl('net.ipv4.conf.mast0.src_valid_mark', false);
      cgroups = await cgroupRoot();
      await mkdir(join(cgroups, CGROUP));
    });

    after(async () => {
      await rmdir(join(cgroups, CGROUP));
      await lab.close();
    });

    async function everything(): Promise<string> {
      const commands = [
        ...['raw', 'nat', 'mangle', 'filter'].map((table) => [lab.tools.backend.save, '-t', table] as const),
        ['ip', 'rule', 'show'],
        ['ip', 'route', 'show', 'table', 'all'],
        ['sysctl', '-a', '--pattern', '^net\\.ipv4\\.(conf|fwmark|tcp_fwmark)'],
        ['ipset', 'save'],
      ] as const;
      const texts: string[] = [];
      for (const argv of commands) texts.push(await lab.gateway.mustRun({ argv }));
      return texts.join('\n').replace(/^#.*\n|\[\d+:\d+\]/gm, '');
    }

    for (const [what, end] of [
      ['that ends after that', (): Promise<unknown> => Promise.resolve()],
      ['whose runner has crashed', crash],
    ] as const) {
      it(`takes all of it away, and what a program of exec had ${what}`, async () => {
        const policy = await lab.write('site.yaml', POLICY);
        const before = await everything();
        const applied = await lab.run('apply', policy);
        assert.equal(applied.exitCode, 0, applied.stderr);
        const [file, ...prefix] = lab.gateway.prefix;
        const args = [BIN, 'exec', policy, '--conn', 'client2', '--backend', backend, '--', 'cat'];
        const program = spawn(file, [...prefix, process.execPath, ...args], {
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        program.stdin.write('up\n');
        await once(program.stdout, 'data');
        const full = await everything();
        for (const chain of CHAINS) assert.ok(full.includes(`:SAREF-${chain} `), chain);
        const netns = String(statSync(`/proc/${String(lab.gateway.pid)}/ns/net`).ino);
        const cgroup = join(cgroups, 'saref-mark', `exec-${netns}-${String(program.pid)}`);
        assert.ok(existsSync(cgroup));
        await end(program, cgroup);
        const removed = await lab.run('remove', '--all');
        assert.equal(removed.exitCode, 0, removed.stderr);
        if (program.exitCode === null && program.signalCode === null) {
          program.stdin.end();
          await once(program, 'close');
        }
        assert.equal(await everything(), before);
        assert.ok(!existsSync(cgroup));
      });
    }
  });
}

/** Ends with what it runs, and has no time to take anything away. */
async function crash(program: ChildProcess, cgroup: string): Promise<void> {
  program.kill('SIGKILL');
  program.stdin?.end();
  await once(program, 'close');
  while (!readFileSync(join(cgroup, 'cgroup.events'), 'utf8').includes('populated 0')) await setTimeout(20);
}

const CHAINS = ['ALIAS', 'ZONE', 'IN', 'OUT', 'LOCAL', 'PROTECT', 'ENTRIES', 'EXEC', 'EXEC-RUNS'];
