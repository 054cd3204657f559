import assert from 'node:assert/strict';
import type { Outcome } from '../../src/system/execute.ts';
import { batch } from '../../src/rehearse/stage.ts';
import { sarefMark } from '../support/bin.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';
import { openStream } from '../support/wire.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const POLICY = `version: 1
tracking: flow
sarefs: { server-client1: 18, server-client2: 22 }
entries:
  - { conn: server-client1, src: 10.9.1.0/24, dst: 192.168.0.0/24 }
  - { conn: server-client2, src: 10.9.2.0/24, dst: 192.168.0.0/24 }
`;

const MARK_RULE =
  '-s 10.9.2.0/24 -d 192.168.0.0/24 -m mark --mark 0x0/0x80000000 -m comment --comment server-client2';
const STOCK =
  '-s 10.9.0.0/16 -d 192.168.0.0/24 -m mark --mark 0x0/0x80000000 -m comment --comment server-client3 -j MARK --set-xmark 0x80300000/0xffffffff';

/** What is broken, by lines of iptables-restore or by a command, and what is said of it. */
interface Breakage {
  readonly rules?: readonly string[];
  readonly command?: readonly [string, ...string[]];
  readonly said: readonly RegExp[];
}

const FLAGS = 'fwmark 0x80000000/0x80000000';

const BREAKAGES: Readonly<Record<string, Breakage>> = {
  'a rule changed by hand': {
    rules: [`-R SAREF-ENTRIES 7 ${MARK_RULE} -j MARK --set-xmark 0x80120000/0xffff0000`],
    said: [
      /^everything from 10\.9\.2\.0\/24 to 192\.168\.0\.0\/24 stays with server-client2: SAref 18 becomes SAref 22,\n {2}for example udp /m,
      /^-.*0x80120000/m,
      /^\+.*0x80160000.* {2}# \S+:6:13$/m,
    ],
  },
  'a rule deleted': {
    rules: ['-D SAREF-ENTRIES 7'],
    said: [
      /^everything from 10\.9\.2\.0\/24 .* was not marked, and is now sent to server-client2 \(SAref 22\),$/m,
    ],
  },
  'a rule in front of ours': {
    rules: ['-I SAREF-ENTRIES 1 -j RETURN'],
    said: [/^--A SAREF-ENTRIES -j RETURN$/m],
  },
  'a jump removed': {
    rules: ['-D OUTPUT -j IPSEC'],
    said: [
      /made on this host was not marked/,
      /^packets of this host do not meet the rules, or others first$/m,
    ],
  },
  'a jump moved behind others': {
    rules: ['-D PREROUTING -j IPSEC', '-A PREROUTING -s 10.1.2.3/32 -j ACCEPT', '-A PREROUTING -j IPSEC'],
    said: [/^forwarded packets do not meet the rules, or others first$/m],
  },
  'the frame flushed': {
    rules: ['-F IPSEC'],
    said: [/was not marked, and is now sent/, /^the frame in IPSEC is not there, or not in its order$/m],
  },
  'rules of the stock script on top': {
    rules: [`-I NEW_IPSEC_CONN 1 ${STOCK}`],
    said: [
      /moves from server-client3 \(SAref 48\) to server-client1 \(SAref 18\)/,
      /^packets do not meet the entries, or rules of others first$/m,
    ],
  },
  'table 50 emptied': {
    command: ['ip', 'route', 'flush', 'table', '50'],
    said: [
      /: marked packets have no way to the mast device$/m,
      /: marked packets leave in clear when the mast device goes down$/m,
    ],
  },
  'an ip rule removed': {
    command: ['ip', 'rule', 'del', 'priority', '32764'],
    said: [
      /^ip rule add priority 32764 .*: what mast has decapsulated, and main has no route for, is routed back into mast$/m,
    ],
  },
  'ip rules out of order': {
    command: ['ip', '-batch', '-'],
    said: [/^ip rule del priority 32765 .*: is there twice, or out of its order$/m],
  },
  'fwmark_reflect on': {
    command: ['sysctl', '-w', 'net.ipv4.fwmark_reflect=1'],
    said: [/^net\.ipv4\.fwmark_reflect: answers of the kernel itself carry the inbound SAref/m],
  },
  'tcp_fwmark_accept on': {
    command: ['sysctl', '-w', 'net.ipv4.tcp_fwmark_accept=1'],
    said: [/^net\.ipv4\.tcp_fwmark_accept: answers on accepted connections carry the inbound SAref/m],
  },
  'src_valid_mark off': {
    command: ['sysctl', '-w', 'net.ipv4.conf.mast0.src_valid_mark=0'],
    said: [/^net\.ipv4\.conf\.mast0\.src_valid_mark: the reverse path filter drops/m],
  },
  'mast0 down': {
    command: ['ip', 'link', 'set', 'dev', 'mast0', 'down'],
    said: [/^ip link set dev mast0 up: the mast device is down: marked packets are refused$/m],
  },
};

/** For `ip -batch`: the one that refuses comes to stand in front of the one that looks up. */
const SWAPPED = `rule del priority 32765 ${FLAGS} lookup 50\nrule add priority 32765 ${FLAGS} lookup 50\n`;

const FOREIGN = ['-A FORWARD -s 10.1.1.1/32 -j DROP', '-A PREROUTING -p tcp -j ACCEPT'];

for (const backend of BACKENDS) {
  describe(`diff against a live host, ${backend}`, function () {
    this.timeout(60_000);
    let lab: Lab;
    let folder: string;
    let policy: string;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openLab(backend);
      folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
      policy = join(folder, 'site.yaml');
      await writeFile(policy, POLICY);
      await lab.tools.restore(['*mangle', ...FOREIGN, 'COMMIT', ''].join('\n'));
    });

    after(async () => {
      await lab.close();
      await rm(folder, { recursive: true });
    });

    const run = (...args: readonly string[]): Promise<Outcome> =>
      sarefMark([...args, '--backend', backend], { execute: lab.gateway.execute });

    async function foreign(): Promise<string[]> {
      const dump = await lab.gateway.mustRun({ argv: [lab.tools.backend.save, '-t', 'mangle'] });
      return dump.split('\n').filter((line) => FOREIGN.includes(line));
    }

    it('says what an apply would do, writes nothing, and has nothing to say after it', async () => {
      const first = await run('diff', policy, '--detailed-exitcode');
      assert.equal(first.exitCode, 2, first.stderr);
      assert.match(
        first.stdout,
        /^everything from 10\.9\.1\.0\/24 to 192\.168\.0\.0\/24 was not marked, and is now sent to server-client1/,
      );
      const dry = await run('apply', policy, '--dry-run', '--detailed-exitcode');
      assert.deepEqual([dry.exitCode, dry.stdout], [2, first.stdout]);
      assert.match((await run('apply', policy)).stdout, /applied in \d+ steps/);
      const second = await run('diff', policy, '--detailed-exitcode');
      assert.deepEqual([second.exitCode, second.stdout], [0, `${policy}: nothing to do\n`]);
    });

    for (const [what, { rules, command, said }] of Object.entries(BREAKAGES)) {
      it(`says what it means, and apply puts it right: ${what}`, async () => {
        if (rules !== undefined) await lab.tools.restore(['*mangle', ...rules, 'COMMIT', ''].join('\n'));
        if (command !== undefined) await lab.gateway.mustRun({ argv: command, stdin: SWAPPED });
        const { exitCode, stdout, stderr } = await run('diff', policy, '--detailed-exitcode');
        assert.equal(exitCode, 2, stderr);
        for (const words of said) assert.match(stdout, words);
        const json = JSON.parse((await run('diff', policy, '--output', 'json')).stdout) as {
          changed: boolean;
          diff: { before: string; after: string };
        };
        assert.ok(json.changed && json.diff.before !== json.diff.after);
        assert.equal((await run('apply', policy)).exitCode, 0);
        const after = JSON.parse((await run('diff', policy, '--output', 'json')).stdout) as typeof json;
        assert.equal(after.changed, false);
        // what was shown is what came
        assert.equal(after.diff.before, json.diff.after);
        assert.deepEqual(await foreign(), FOREIGN.toSorted().reverse());
      });
    }

    it('says what becomes of running flows, and apply does it', async () => {
      assert.equal((await run('apply', policy)).exitCode, 0);
      const own = ['10.9.1.77', '10.9.2.77'];
      await batch(
        lab.gateway,
        own.map((address) => `address add ${address}/32 dev lo`),
      );
      const flows = own.map((address) => `udp ${address}:4000 192.168.0.5:53` as const);
      await (await openStream(lab.gateway, flows)).close();
      const other = join(folder, 'flows.yaml');
      const moved = POLICY.replace('server-client1: 18', 'server-client1: 19').replace(
        '10.9.2.0',
        '10.9.3.0',
      );
      await writeFile(other, moved);
      const { stdout } = await run('diff', other);
      assert.match(stdout, /^1 flow follows its conn to another SAref$/m);
      assert.match(stdout, /^1 flow is decided again$/m);
      assert.match(stdout, /^\+-A SAREF-REKEY .*server-client1 -j CONNMARK --set-xmark 0x80130000/m);
      const json = JSON.parse((await run('diff', other, '--output', 'json')).stdout) as { flows: object };
      assert.deepEqual(json.flows, { translated: 1, deleted: 1 });
      const applied = await run('apply', other, '--output', 'json');
      assert.deepEqual((JSON.parse(applied.stdout) as { flows: object }).flows, json.flows);
      assert.equal((await run('diff', other)).stdout, `${other}: nothing to do\n`);
      assert.equal((await run('apply', policy)).exitCode, 0);
    });

    it('compares with a dump, too, without asking the host', async () => {
      const dump = join(folder, 'live.txt');
      await writeFile(
        dump,
        await lab.gateway.mustRun({ argv: [lab.tools.backend.save, '-t', 'mangle'] }),
        'latin1',
      );
      const same = await sarefMark(['diff', policy, '--live', dump, '--detailed-exitcode']);
      assert.deepEqual([same.exitCode, same.stdout], [0, `${policy}: nothing to do\n`]);
      const other = join(folder, 'other.yaml');
      await writeFile(other, POLICY.replace('server-client2: 22', 'server-client2: 23'));
      const changed = await sarefMark(['diff', other, '--live', dump]);
      assert.equal(changed.exitCode, 0);
      assert.match(changed.stdout, /stays with server-client2: SAref 22 becomes SAref 23,\n/);
    });
  });
}
