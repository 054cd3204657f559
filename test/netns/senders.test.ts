import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rmdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { batch } from '../../src/rehearse/stage.ts';
import type { Outcome } from '../../src/system/execute.ts';
import { cgroupRoot } from '../support/cgroup.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const SAREFS = { a: 18, b: 22, c: 26 } as const;
type Conn = keyof typeof SAREFS;

const ENTRIES = [
  'conn: b, dst: 192.168.0.0/24, user: 34',
  'conn: c, dst: 192.168.0.0/24, proto: udp, sport: 4000-4999',
  'conn: b, dst: 192.168.0.0/24, group: 35',
  'conn: c, dst: 192.168.0.0/24, dscp: ef',
  'conn: a, dst: 192.168.0.0/24',
];

function policyOf(tracking: string, entries: readonly string[] = ENTRIES): string {
  const lines = entries.map((entry) => `  - { ${entry} }\n`).join('');
  return `version: 1\ntracking: ${tracking}\nsarefs: ${JSON.stringify(SAREFS)}\nentries:\n${lines}`;
}

/** One packet of UDP: from which port, with which type of service. */
const SAY = String.raw`
use IO::Socket::INET; use Socket;
my ($port, $tos) = @ARGV;
my $socket = IO::Socket::INET->new(Proto => 'udp', LocalPort => $port, PeerAddr => '192.168.0.9:7000') or die $!;
setsockopt($socket, 0, 1, pack('i', $tos)) or die $!;
$socket->send('x') or die $!;
`;

/** A connection that is closed, with its program, when stdin is. */
const HOLD = String.raw`
use IO::Socket::INET; $| = 1;
my $socket = IO::Socket::INET->new(PeerAddr => '192.168.0.9:7000', Timeout => 5) or die $!;
print "ready\n"; <STDIN>;
`;

/** Takes one connection and says nothing. */
const TAKE = String.raw`
use IO::Socket::INET; $| = 1;
my $server = IO::Socket::INET->new(LocalPort => 7000, Listen => 1, ReuseAddr => 1) or die $!;
print "ready\n"; my $client = $server->accept; <STDIN>;
`;

type Argv = readonly [string, ...string[]];

interface Running {
  close(): Promise<void>;
}

async function start(argv: Argv): Promise<Running> {
  const [file, ...args] = argv;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(createInterface({ input: child.stdout }), 'line');
  return {
    async close() {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}

function asUser(uid: number, gid: number, program: readonly string[]): Argv {
  return ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups', ...program];
}

for (const backend of BACKENDS) {
  for (const tracking of ['packet', 'flow']) {
    describe(`entries that ask who sends, tracking: ${tracking}, ${backend}`, function () {
      this.timeout(60_000);
      let lab: GatewayLab;
      let policy: string;

      beforeEach(async function () {
        // other users are nobody's to become but root's
        if ((await whyNoNamespace()) !== undefined || process.geteuid?.() !== 0) this.skip();
        lab = await openGatewayLab(backend);
        policy = await lab.write('site.yaml', policyOf(tracking));
        const counting = Object.values(SAREFS).map(
          (saref) =>
            `-A POSTROUTING -o mast0 -d 192.168.0.9 -m mark --mark ${String(0x80000000 + saref * 0x10000)}/0xffff0000`,
        );
        const blocked = '-A POSTROUTING -o mast0 -d 192.168.0.9 -m mark --mark 0x80000000/0xffff0000';
        const script = [
          '*mangle',
          ...[...counting, '-A POSTROUTING ! -o mast0 -d 192.168.0.9', blocked],
          ...['COMMIT', ''],
        ];
        await lab.tools.restore(script.join('\n'));
        const applied = await lab.run('apply', policy);
        assert.equal(applied.exitCode, 0, applied.stderr);
      });

      afterEach(() => lab.close());

      type Counted = Record<Conn | 'clear' | 'blocked', number>;

      /** Packets by each conn, in clear, and by mast to nobody. */
      async function counted(): Promise<Counted> {
        const dump = await lab.tools.readCounters();
        const counts = [...dump.matchAll(/^\[([0-9]+):[0-9]+\] -A POSTROUTING -d 192\.168\.0\.9/gm)];
        const [a = 0, b = 0, c = 0, clear = 0, blocked = 0] = counts.map(([, count]) => Number(count));
        return { a, b, c, clear, blocked };
      }

      async function whereTo(work: () => Promise<Outcome>): Promise<string[]> {
        const before = await counted();
        const { exitCode, stderr } = await work();
        assert.equal(exitCode, 0, stderr);
        const after = await counted();
        return (['a', 'b', 'c', 'clear'] as const).filter((conn) => after[conn] > before[conn]);
      }

      const say = (uid: number, gid: number, [port, tos]: readonly [number, number]): Promise<string[]> =>
        whereTo(() =>
          lab.gateway.execute({ argv: asUser(uid, gid, ['perl', '-e', SAY, String(port), String(tos)]) }),
        );

      it('are asked in their order, with those that do not ask between them', async () => {
        assert.deepEqual(await say(34, 34, [3000, 0]), ['b']);
        assert.deepEqual(await say(34, 35, [4001, 0]), ['b']);
        assert.deepEqual(await say(33, 35, [4002, 0]), ['c']);
        assert.deepEqual(await say(33, 35, [3001, 0]), ['b']);
        assert.deepEqual(await say(33, 33, [3002, 0xb8]), ['c']);
        assert.deepEqual(await say(33, 33, [3003, 0]), ['a']);
        assert.deepEqual(await say(0, 0, [3004, 0]), ['a']);
      });

      interface Held {
        readonly client: Running;
        readonly server: Running;
      }

      /** A connection of a program of this user, of which the peer does not answer any more. */
      async function held(uid: number): Promise<Held> {
        const mac = /link\/ether (\S+)/.exec(
          await lab.gateway.mustRun({ argv: ['ip', 'link', 'show', 'mast0'] }),
        );
        await batch(lab.neighbour, [
          `link set dev far-mast address ${mac?.[1] ?? ''}`,
          'address add 192.168.0.9/32 dev lo',
        ]);
        const server = await start([...lab.neighbour.prefix, 'perl', '-e', TAKE]);
        const client = await start([...lab.gateway.prefix, ...asUser(uid, uid, ['perl', '-e', HOLD])]);
        await batch(lab.neighbour, ['route add blackhole 169.254.2.1/32']);
        return { client, server };
      }

      /** What is counted before its program closes the socket, and when the kernel has tried for a while. */
      async function closing({ client, server }: Held): Promise<[Counted, Counted]> {
        const before = await counted();
        await client.close();
        await setTimeout(1500);
        const after = await counted();
        await server.close();
        return [before, after];
      }

      it('take what is left of a socket that its program has closed', async () => {
        const [before, after] = await closing(await held(34));
        assert.ok(after.b - before.b >= 3, `${String(after.b - before.b)} packets`);
        assert.deepEqual({ ...after, b: 0 }, { a: 0, b: 0, c: 0, clear: 0, blocked: 0 });
      });

      it('block it where conntrack has lost the flow, for nobody knows whose it was', async () => {
        const connection = await held(34);
        await lab.gateway.mustRun({ argv: ['conntrack', '-D', '-d', '192.168.0.9'] });
        const [before, after] = await closing(connection);
        // the first FIN is the program's own, and no packet that conntrack begins a flow with
        assert.ok(after.blocked - before.blocked >= 2, `${String(after.blocked - before.blocked)} packets`);
        assert.deepEqual({ ...after, blocked: 0 }, { ...before, b: before.b + 1, blocked: 0 });
      });

      it('leave what is left of sockets of others to the entries behind', async () => {
        const [before, after] = await closing(await held(33));
        assert.ok(after.a - before.a >= 3, `${String(after.a - before.a)} packets`);
        assert.deepEqual({ ...after, a: 0 }, { a: 0, b: 0, c: 0, clear: 0, blocked: 0 });
      });

      it('say nothing of packets that come in, and go when they are removed', async () => {
        const { stdout } = await lab.run('diff', policy);
        assert.match(stdout, /nothing to do/);
        const verified = await lab.run('verify', policy, '--probe');
        assert.equal(verified.exitCode, 0, `${verified.stdout}${verified.stderr}`);
        assert.equal((await lab.run('remove', '--all')).exitCode, 0);
        assert.doesNotMatch(await lab.tools.readCounters(), /SAREF-|IPSEC/);
      });

      it('are told by their cgroup, as long as that is there', async () => {
        const name = `saref-test-${String(process.pid)}`;
        const path = `${await cgroupRoot()}/${name}`;
        const entries = [`conn: c, dst: 192.168.0.0/24, cgroup: ${name}`, ...ENTRIES];
        const other = await lab.write('other.yaml', policyOf(tracking, entries));
        await mkdir(path);
        try {
          const applied = await lab.run('apply', other);
          assert.equal(applied.exitCode, 0, applied.stderr);
          const join = `open(my $procs, '>', '${path}/cgroup.procs') or die $!; print $procs $$; close $procs;`;
          const inside = (): Promise<Outcome> =>
            lab.gateway.execute({ argv: ['perl', '-e', join + SAY, '3005', '0'] });
          assert.deepEqual(await whereTo(inside), ['c']);
          assert.deepEqual(await say(0, 0, [3006, 0]), ['a']);
        } finally {
          await rmdir(path);
        }
        const changes = await lab.run('diff', other);
        assert.match(changes.stdout, /^-.*SAREF-LOCAL .*--path/m, changes.stderr);
        assert.match(changes.stderr, /SM1512/);
        assert.equal((await lab.run('apply', other)).exitCode, 0);
        assert.equal((await lab.run('verify', other)).exitCode, 0);
        const back = await lab.run('apply', policy);
        assert.equal(back.exitCode, 0, back.stderr);
        assert.deepEqual(await say(0, 0, [3007, 0]), ['a']);
      });
    });
  }
}
