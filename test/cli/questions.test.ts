import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sarefMark } from '../support/bin.ts';

const POLICY = `version: 1
tracking: flow
sarefs: { server-client1: 18, server-client2: 22, spare: down }
networks: { branch: [10.9.1.0/24, 10.9.4.0/24], lab: 172.20.0.0/16 }
defaults: { src: branch }
entries:
  - { conn: server-client2, dst: [192.168.7.0/24, lab], proto: udp, dport: 1701, description: shop floor, contact: noc@example.org }
  - { conn: server-client1, dst: 192.168.0.0/24 }
  - { conn: spare, dst: 203.0.113.0/24, in: eth1 }
`;

const PACKET = 'udp 10.9.1.4:4000 -> 192.168.7.10:1701 in eth1';

describe('saref-mark, asked about a policy', () => {
  let folder: string;
  let policy: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
    policy = await write('site.yaml', POLICY);
  });

  after(() => rm(folder, { recursive: true }));

  async function write(name: string, text: string): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, text, 'latin1');
    return file;
  }

  async function ask(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await sarefMark(args);
    assert.equal(exitCode, 0, stderr);
    return stdout;
  }

  describe('trace', () => {
    it('shows each rule that a packet meets, its mark, its way out and the entry that decides', async () => {
      const lines = (await ask('trace', policy, '--packet', PACKET)).split('\n');
      assert.equal(lines[0], `${PACKET}, by the rules of ${policy}`);
      const chains = lines.flatMap(
        (line) => /^ {2}(\S+ \d+) +nfmark (\S+)/.exec(line)?.slice(1, 3).join(' ') ?? [],
      );
      assert.deepEqual(chains, [
        'PREROUTING 1 0x0',
        'IPSEC 3 0x0',
        'NEW_IPSEC_CONN 1 0x0',
        'SAREF-ENTRIES 6 0x80160000',
        'IPSEC 4 0x80160000',
      ]);
      assert.deepEqual(lines.slice(-4, -1), [
        'nfmark 0x80160000 (SAref 22), ctmark 0x80160000',
        'leaves by mast0, by ip rule 32765: from all fwmark 0x80000000/0x80000000 lookup 50',
        `decided by ${policy}:7:13  server-client2 (shop floor, noc@example.org)`,
      ]);
    });

    it('says when no entry decides, and why', async () => {
      const last = async (packet: string, ...more: readonly string[]): Promise<string | undefined> =>
        (await ask('trace', policy, '--packet', packet, ...more)).trimEnd().split('\n').at(-1);
      const none = 'decided by no entry: it matches none, or is exempt';
      assert.equal(await last('tcp 10.9.1.4:1 -> 8.8.8.8:443 in eth1'), none);
      assert.equal(await last('udp 10.9.1.4:500 -> 192.168.0.1:500'), none);
      assert.equal(
        await last('icmp 10.9.1.4 -> 192.168.0.1 in eth1', '--local', '10.9.1.1,192.168.0.1'),
        none,
      );
      assert.equal(
        await last('icmp 10.9.1.4 -> 192.168.0.1 in eth1 ctmark 0x80090000'),
        'decided by an earlier packet of its flow',
      );
    });

    it('follows the rules of a dump, finds their entries, and fails where they are not what the policy says', async () => {
      const rules = await ask('compile', policy, '--emit', 'rules');
      const same = await write('live.txt', rules);
      assert.match(
        await ask('trace', policy, '--packet', PACKET, '--live', same),
        /\n {2}SAREF-ENTRIES 6 .*:7:13\n/,
      );
      const other = await write('other.txt', rules.replaceAll('0x80160000', '0x80170000'));
      const { exitCode, stdout } = await sarefMark(['trace', policy, '--packet', PACKET, '--live', other]);
      assert.equal(exitCode, 5);
      assert.match(stdout, /\nnfmark 0x80170000 \(SAref 23\)/);
      assert.match(stdout, /\nthe policy says 0x80160000 \(SAref 22\): .*:7:13 {2}server-client2/);
    });

    const answering = (): Promise<string> =>
      write(
        'answering.yaml',
        'version: 1\nsarefs: { a: { refhim: 1, ref: 3 }, b: { refhim: 5, ref: 7 }, c: 9 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n',
      );

    const flows = {
      'udp 192.168.0.5:1 -> 10.9.1.1:2 in mast0 mark 0x80070000': [
        'came in by b (inbound SAref 7), zone 2 of conntrack',
        'its flow remembers that answers go by b (SAref 5)',
        'decided by no entry: it matches none, or is exempt',
      ],
      'udp 192.168.0.5:1 -> 10.9.1.1:2 in mast0 mark 0x80090000': [
        'came in by a conn that nobody knows (inbound SAref 9), no zone of conntrack',
        'its flow remembers that answers are blocked',
        'decided by no entry: it matches none, or is exempt',
      ],
      'udp 192.168.0.5:1 -> 10.9.1.1:2 in mast0 ctmark 0x80090000': [
        'came in by a conn that nobody knows (no inbound SAref), no zone of conntrack',
        'its flow remembers SAref 9, which no conn has',
        'decided by an earlier packet of its flow',
      ],
      'udp 192.168.0.5:1 -> 10.9.1.1:2 in mast0 mark 0x80030000 ctmark 0x80050000 direction reply': [
        'came in by a (inbound SAref 3), no zone of conntrack',
        'an answer to a flow that was begun on this side, and keeps its memory',
        'decided by no entry: it matches none, or is exempt',
      ],
      'udp 10.9.1.1:2 -> 192.168.0.5:1 ctmark 0x80050000 direction reply': [
        'leaves by mast0, by ip rule 32765: from all fwmark 0x80000000/0x80000000 lookup 50',
        'an answer, marked by the memory of its flow for b',
        'decided by an earlier packet of its flow',
      ],
      'udp 10.9.1.1:2 -> 192.168.0.5:1 ctmark 0x80000000': [
        'leaves by mast0, by ip rule 32765: from all fwmark 0x80000000/0x80000000 lookup 50',
        'marked by the memory of its flow: blocked',
        'decided by an earlier packet of its flow',
      ],
    };
    for (const [packet, expected] of Object.entries(flows)) {
      it(`explains by which conn answers go: ${packet}`, async () => {
        const lines = (await ask('trace', await answering(), '--packet', packet)).trimEnd().split('\n');
        assert.equal(lines[0]?.startsWith(packet), true, lines[0]);
        assert.deepEqual(lines.slice(-3), expected);
      });
    }

    it('fails where a dump tells a flow something else than the policy, and gives all of it in JSON', async () => {
      const file = await answering();
      const packet = 'udp 192.168.0.5:1 -> 10.9.1.1:2 in mast0 mark 0x80070000';
      const json = await ask('trace', file, '--packet', packet, '--output', 'json');
      assert.deepEqual((JSON.parse(json) as { flow: object }).flow, {
        ...{ zone: 2, cameInBy: 'b', answersBy: 'b' },
      });
      const rules = await ask('compile', file, '--emit', 'rules');
      const dump = await write(
        'wrong.txt',
        rules.replace('--set-xmark 0x80050000/', '--set-xmark 0x80010000/'),
      );
      const { exitCode, stdout } = await sarefMark(['trace', file, '--packet', packet, '--live', dump]);
      assert.equal(exitCode, 5);
      assert.match(stdout, /^its flow remembers that answers go by a \(SAref 1\)$/m);
      assert.match(stdout, /^the policy says that its flow remembers 0x80050000 \(SAref 5\)$/m);
    });

    it('refuses a dump that cannot be relied on', async () => {
      const cut = await write('cut.txt', '*mangle\n:PREROUTING ACCEPT [0:0]\n');
      const { exitCode, stderr } = await sarefMark(['trace', policy, '--packet', PACKET, '--live', cut]);
      assert.equal(exitCode, 1);
      assert.match(stderr, /SM2001/);
    });

    it('gives the same in JSON', async () => {
      const report = JSON.parse(await ask('trace', policy, '--packet', PACKET, '--output', 'json')) as {
        nfmark: string;
        path: { chain: string; origin?: string }[];
        decided: { entry: { conn: string; place: string } };
      };
      assert.equal(report.nfmark, '0x80160000');
      assert.equal(report.path[3]?.origin, `${policy}:7:13`);
      assert.deepEqual(report.decided.entry.conn, 'server-client2');
    });
  });

  describe('of a policy with aliases', () => {
    const ALIASED = `version: 1
sarefs: { near: 1, far: 2 }
entries:
  - { conn: near, dst: 192.168.0.0/24, alias: 10.101.0.0/24 }
  - { conn: far, dst: 192.168.0.0/24, alias: 10.102.0.0/24 }
`;

    it('trace says where a packet goes on to', async () => {
      const file = await write('aliases.yaml', ALIASED);
      const packet = 'udp 10.9.1.1:7 -> 10.102.0.5:9 in eth1';
      const text = await ask('trace', file, '--packet', packet);
      assert.match(
        text,
        /-j NETMAP --to 192\.168\.0\.0\/24 {2}\S+aliases\.yaml:5:13\n {2}to 192\.168\.0\.5 from there on\n/,
      );
      const report = JSON.parse(await ask('trace', file, '--packet', packet, '--output', 'json')) as object;
      assert.equal('dst' in report && report.dst, '192.168.0.5');
    });

    it('diff says what an alias stands for, and which come and go', async () => {
      const file = await write('aliases.yaml', ALIASED);
      const next = await write(
        'other-aliases.yaml',
        ALIASED.replace('near: 1', 'near: 7').replace(
          'dst: 192.168.0.0/24, alias: 10.102',
          'dst: 192.168.7.0/24, alias: 10.102',
        ),
      );
      const text = await ask('diff', next, '--against', file);
      assert.match(
        text,
        /^everything to 10\.101\.0\.0\/24 \(alias of 192\.168\.0\.0\/24\) stays with near: /,
      );
      assert.match(
        text,
        /^10\.102\.0\.0\/24 is no longer an alias of 192\.168\.0\.0\/24\n\n10\.102\.0\.0\/24 is now an alias of 192\.168\.7\.0\/24\n/m,
      );
    });
  });

  describe('diff --against', () => {
    it('says what changes for which packets, with an example, above the change of the rules', async () => {
      const next = await write(
        'next.yaml',
        POLICY.replace('dport: 1701', 'dport: [1701, 5000-5999]').replace('spare: down', 'spare: 7'),
      );
      const text = await ask('diff', next, '--against', policy);
      assert.match(
        text,
        /^udp 5000-5999 from 10\.9\.1\.0\/24,10\.9\.4\.0\/24 to 192\.168\.7\.0\/24,172\.20\.0\.0\/16 was not marked, and is now sent to server-client2 \(SAref 22\),\n {2}for example udp 10\.9\.1\.1:40000 -> 172\.20\.0\.1:5000 in eth0\n/,
      );
      assert.match(text, /\neverything .* stays with spare: down: blocked becomes SAref 7,\n/);
      assert.match(text, /\n-A SAREF-ENTRIES|\n--A SAREF-ENTRIES .*--dport 1701/);
      assert.match(text, /\n\+-A SAREF-ENTRIES .*--dports 1701,5000:5999/);
    });

    it('is silent about policies that come to the same', async () => {
      const moved = await write('moved.yaml', POLICY.replace('version: 1\n', 'version: 1 # one\n\n'));
      assert.equal(await ask('diff', moved, '--against', policy), `${moved}: the same as ${policy}\n`);
    });

    it('exits 2 for differences where it is asked to', async () => {
      const next = await write('next.yaml', POLICY.replace('tracking: flow', 'tracking: packet'));
      const { exitCode, stdout } = await sarefMark([
        'diff',
        next,
        '--against',
        policy,
        '--detailed-exitcode',
      ]);
      assert.equal(exitCode, 2);
      assert.match(stdout, /^tracking: flow becomes packet\n\nno packet|^tracking: flow becomes packet\n/);
      const same = await sarefMark(['diff', policy, '--against', policy, '--detailed-exitcode']);
      assert.equal(same.exitCode, 0);
    });

    it('gives the same in JSON', async () => {
      const next = await write('next.yaml', POLICY.replace('dst: 192.168.0.0/24', 'dst: 192.168.0.0/25'));
      const { changed, changes } = JSON.parse(
        await ask('diff', next, '--against', policy, '--output', 'json'),
      ) as {
        changed: boolean;
        changes: { packets: string; before?: { conn: string }; after?: { conn: string } }[];
      };
      assert.equal(changed, true);
      assert.deepEqual(
        changes.map(({ before, after }) => [before?.conn, after?.conn]),
        [['server-client1', undefined]],
      );
    });
  });

  describe('sarefs', () => {
    it('prints the table in use, and the conns of the policy that are down', async () => {
      const told = await write(
        'told.yaml',
        POLICY.replace('client2: 22', 'client2: { refhim: 22, ref: 21 }'),
      );
      assert.match(await ask('sarefs', policy), /\nanswers: as the entries say\n$/);
      assert.deepEqual((await ask('sarefs', told)).split('\n'), [
        'conn            refhim  ref  nfmark      from',
        `server-client1  18      -    0x80120000  ${told}:3:27`,
        `server-client2  22      21   0x80160000  ${told}:3:57`,
        `spare           down    -    -           ${told}:3:72`,
        '',
        'down: spare',
        'answers: by the conn that a flow came in by, where it has a ref; else blocked',
        '',
      ]);
    });

    it('takes a map from a file, for itself and for other commands', async () => {
      const map = await write('sarefs.yaml', 'server-client1: 5\nserver-client2: 6\nspare: 7\n');
      assert.match(await ask('sarefs', '--sarefs', map), /^spare +7 +- +0x80070000 /m);
      assert.match(
        await ask('compile', policy, '--sarefs', map),
        /--comment server-client1 -j MARK --set-xmark 0x80050000/,
      );
    });

    it('says what is wrong with a map in its place', async () => {
      const map = await write('sarefs.yaml', 'server-client1: 2148663296\n');
      const { exitCode, stderr } = await sarefMark(['sarefs', '--sarefs', map]);
      assert.equal(exitCode, 65);
      assert.ok(stderr.includes(`${map}:1:17`) && stderr.includes('is the nfmark 0x80120000'), stderr);
    });
  });

  describe('compile --emit', () => {
    it('prints any stage', async () => {
      const stage = (name: string): Promise<string> => ask('compile', policy, '--emit', name);
      assert.equal((JSON.parse(await stage('policy')) as { tracking: string }).tracking, 'flow');
      const plan = JSON.parse(await stage('plan')) as { entries: { conn: string; origin: string }[] };
      assert.deepEqual(plan.entries.map(({ conn, origin }) => [conn, origin])[0], [
        'server-client2',
        `${policy}:7:13`,
      ]);
      assert.match(await stage('rules'), /^\*mangle\n:PREROUTING ACCEPT \[0:0\]\n[^]*\nCOMMIT\n$/);
      assert.match(await stage('script'), /^\*mangle\n:SAREF-ENTRIES - \[0:0\]\n[^]*\nCOMMIT\n$/);
      assert.match(await stage('routing'), /^sysctl [^]*\nip -4 rule add priority 32765 [^]*unreachable\n$/);
    });
  });

  describe('check', () => {
    it('shows warnings, and takes them for errors with --strict', async () => {
      const wide = await write('wide.yaml', POLICY.replace('192.168.0.0/24', '192.168.0.0/16'));
      const lenient = await sarefMark(['check', wide]);
      assert.deepEqual([lenient.exitCode, lenient.stdout], [0, `${wide}: no errors, 1 warning, 3 entries\n`]);
      assert.match(lenient.stderr, /^warning\[SM1501\] overlapping entries\n/);
      const strict = await sarefMark(['check', wide, '--strict']);
      assert.deepEqual([strict.exitCode, strict.stdout, strict.stderr], [65, '', lenient.stderr]);
    });

    it('asks nobody for SArefs', async () => {
      const asking = await write('pluto.yaml', POLICY.replace(/^sarefs: .*$/m, 'sarefs: pluto'));
      assert.equal(await ask('check', asking), `${asking}: no errors, 3 entries\n`);
    });
  });
});
