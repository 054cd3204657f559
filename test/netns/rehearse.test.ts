import assert from 'node:assert/strict';
import { withMangle } from '../../src/host/state.ts';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Packet } from '../../src/domain/packet.ts';
import { hasPorts } from '../../src/domain/protocol.ts';
import type { HostState } from '../../src/host/state.ts';
import { rehearse } from '../../src/rehearse/rehearse.ts';
import type { Execute, Outcome } from '../../src/system/execute.ts';
import { executeHere } from '../../src/system/execute.ts';
import { openNamespace, openNeighbour } from '../../src/system/namespace.ts';
import { findBackend } from '../../src/system/backend.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import { openResponder } from '../../src/system/respond.ts';
import { sendPackets } from '../../src/system/send.ts';
import { bytesOf } from '../../src/verify/payload.ts';
import { BIN, executeAsNobody, sarefMark } from '../support/bin.ts';
import { compiledOf } from '../support/compiled.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';
import { packet, withoutPorts } from '../support/packets.ts';

function policyOf(tracking: string): string {
  return `version: 1
tracking: ${tracking}
sarefs: { web: 1, voice: 2, spare: 3, away: down, gone: down, backup: 4 }
networks: { branch: [10.9.1.0/24, 10.9.4.0/24] }
entries:
  - { conn: web, src: branch, dst: [192.168.0.0/24, 192.168.7.0/24], proto: tcp, dport: [80, 443, 8000-8099] }
  - { conn: voice, dst: 192.168.0.0/24, proto: udp, sport: 1024-65535, dport: [5060, 10000-20000] }
  - { conn: spare, dst: 192.168.0.0/24, proto: sctp, dport: 2905 }
  - { conn: spare, dst: 192.168.0.0/24, proto: dccp, sport: 5004 }
  - { conn: voice, dst: 192.168.0.0/24, proto: dccp, sport: 5006 }
  - { conn: spare, dst: 192.168.0.0/24, proto: udplite, dport: 5004 }
  - { conn: web, dst: 192.168.0.0/24, proto: icmp }
  - { conn: voice, dst: 192.168.0.0/24, proto: esp }
  - { conn: spare, dst: 192.168.0.0/24, proto: gre }
  - { conn: web, dst: 192.168.0.0/24, proto: 253 }
  - { conn: voice, dst: 192.168.9.0/24, in: eth1 }
  - { conn: spare, dst: 192.168.9.0/24, in: br-lan.7 }
  - { conn: web, dst: 192.168.9.0/24 }
  - { conn: away, dst: 172.20.0.0/16, down: skip }
  - { conn: backup, dst: 172.20.0.0/16 }
  - { conn: gone, dst: 172.21.0.0/16 }
`;
}

const [WEB, VOICE, SPARE, BACKUP, BLOCKED] = [1, 2, 3, 4, 0].map((saref) => `0x800${String(saref)}0000`);

/** Of each entry: conn, what is decided of it, the mark, and the hooks at which it is seen. */
const EXPECTED = [
  ['web', 'mark', WEB, 'OUTPUT', 'PREROUTING'],
  ['voice', 'mark', VOICE, 'OUTPUT', 'PREROUTING'],
  ['spare', 'mark', SPARE, 'OUTPUT', 'PREROUTING'],
  ['spare', 'mark', SPARE, 'OUTPUT', 'PREROUTING'],
  ['voice', 'mark', VOICE, 'OUTPUT', 'PREROUTING'],
  ['spare', 'mark', SPARE, 'OUTPUT', 'PREROUTING'],
  ['web', 'mark', WEB, 'OUTPUT', 'PREROUTING'],
  ['voice', 'mark', VOICE, 'PREROUTING'],
  ['spare', 'mark', SPARE, 'OUTPUT', 'PREROUTING'],
  ['web', 'mark', WEB, 'OUTPUT', 'PREROUTING'],
  ['voice', 'mark', VOICE, 'PREROUTING'],
  ['spare', 'mark', SPARE, 'PREROUTING'],
  ['web', 'mark', WEB, 'OUTPUT', 'PREROUTING'],
  ['away', 'skip', undefined],
  ['backup', 'mark', BACKUP, 'OUTPUT', 'PREROUTING'],
  ['gone', 'block', BLOCKED, 'OUTPUT', 'PREROUTING'],
];

interface RehearsalJson {
  readonly ok: boolean;
  readonly madeUpSarefs: boolean;
  readonly entries: readonly EntryJson[];
}

interface EntryJson {
  readonly conn: string;
  readonly decision: string;
  readonly packets: readonly { readonly hook: string; readonly counted: string; readonly onMast: number }[];
  readonly notSent: readonly { readonly hook: string; readonly reason: string }[];
}

function rowOf({ conn, decision, packets }: EntryJson): (string | undefined)[] {
  const [mark, ...others] = new Set(packets.map(({ counted }) => counted));
  assert.deepEqual(others, []);
  assert.ok(packets.every(({ onMast }) => onMast === 2));
  return [conn, decision, mark, ...packets.map(({ hook }) => hook)];
}

function rehearsalOf(
  text: string,
  args: readonly string[],
  execute: Execute = executeHere,
): Promise<Outcome> {
  return sarefMark(['rehearse', '-', ...args], { stdin: text, execute });
}

/** `SM4001 5:13` for each error, once. */
function errorsIn(stderr: string): string[] {
  const found = stderr.matchAll(/^error\[(\w+)\].*\n *--> <stdin>:(\S+)$/gm);
  return [...new Set([...found].map(([, code, place]) => `${String(code)} ${String(place)}`))];
}

for (const backend of BACKENDS) {
  describe(`a rehearsal of the whole language, ${backend}`, function () {
    this.timeout(30_000);

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    for (const tracking of ['flow', 'packet']) {
      it(`counts the mark of every entry, tracking: ${tracking}`, async () => {
        const args = ['--backend', backend, '--output', 'json'];
        const { exitCode, stdout, stderr } = await rehearsalOf(policyOf(tracking), args);
        assert.equal(exitCode, 0, stderr);
        const { ok, entries } = JSON.parse(stdout) as RehearsalJson;
        assert.ok(ok);
        assert.deepEqual(entries.map(rowOf), EXPECTED);
      });
    }

    it('says of each packet that is not sent why, and which conn is skipped', async () => {
      const { stdout } = await rehearsalOf(policyOf('flow'), ['--backend', backend]);
      assert.match(
        stdout,
        /voice\n {2}forwarded {2}esp .* ok\n {2}local {6}not sent: it is this host's own IKE, ESP/,
      );
      assert.match(
        stdout,
        /forwarded {2}udp .*192\.168\.9\.1.* ok\n {2}local {6}not sent: the entry asks for/,
      );
      assert.match(stdout, /away, down: skipped\n\n/);
      assert.match(stdout, /gone, down: blocked\n/);
    });

    const broken = [
      ['rule', ['SM4003 6:13']],
      ['saref', ['SM4001 6:13']],
      [
        'interface',
        EXPECTED.flatMap(([, , mark], index) => (mark === undefined ? [] : `SM4002 ${String(index + 6)}:13`)),
      ],
    ] as const;
    for (const [what, errors] of broken) {
      for (const tracking of ['flow', 'packet']) {
        it(`fails and names who suffers, broken: ${what}, tracking: ${tracking}`, async () => {
          const args = ['--backend', backend, '--break', what];
          const { exitCode, stderr } = await rehearsalOf(policyOf(tracking), args);
          assert.equal(exitCode, 5);
          assert.deepEqual(errorsIn(stderr), errors);
        });
      }
    }

    it('notices a flow that forgets its conn', async () => {
      const { plan, host } = compiledOf(policyOf('flow'));
      const { diagnostics } = await rehearseHere(plan, withoutMemory(host));
      assert.ok(diagnostics.length > 20);
      for (const { code, labels, detail } of diagnostics) {
        assert.equal(code, 'SM4002');
        assert.match(labels.map(({ text }) => text).join(), /^1 of 2 packets came to the mast device/);
        assert.match(String(detail), /the memory of its flow alone can mark it/);
      }
    });

    async function rehearseHere(
      ...[plan, host]: [ReturnType<typeof compiledOf>['plan'], HostState]
    ): ReturnType<typeof rehearse> {
      const gateway = await openNamespace();
      const neighbour = await openNeighbour(gateway);
      const tools = hostTools(gateway.execute, {
        backend: await findBackend(gateway.execute, backend),
        waitSeconds: 5,
      });
      try {
        return await rehearse(
          { plan, host },
          { gateway, neighbour, tools, send: sendPackets, respond: openResponder },
        );
      } finally {
        await neighbour.close();
        await gateway.close();
      }
    }

    it('works without privileges', async () => {
      const { exitCode, stdout, stderr } = await rehearsalOf(
        policyOf('flow'),
        ['--backend', backend],
        executeAsNobody,
      );
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /27 of 27 packets as the policy says/);
    });
  });
}

/** A host that does not save what it decided. */
function withoutMemory(host: HostState): HostState {
  const chains = [...host.tables.mangle.chains].map(([name, chain]) => {
    const rules = chain.rules.filter(({ text }) => !text.includes('--save-mark'));
    return [name, { ...chain, rules }] as const;
  });
  return withMangle(host, new Map(chains));
}

describe('a rehearsal', function () {
  this.timeout(30_000);

  before(async function () {
    if ((await whyNoNamespace()) !== undefined) this.skip();
  });

  it('is not green with entries that no packet can be sent for, and says why', async () => {
    const text = `version: 1
sarefs: { a: 1 }
entries:
  - { conn: a, dst: 224.0.0.0/4 }
  - { conn: a, dst: 192.168.0.0/24, in: lo }
  - { conn: a, dst: 192.168.0.0/24, in: mast0 }
  - { conn: a, dst: 192.168.0.0/24, in: default }
  - { conn: a, dst: 192.168.0.0/24, in: saref-wan }
  - { conn: a, dst: 192.168.0.0/24, in: saref-branch }
`;
    const { exitCode, stdout, stderr } = await rehearsalOf(text, []);
    assert.equal(exitCode, 5);
    assert.deepEqual(errorsIn(stderr), ['SM4004 4:13', 'SM4004 5:13', 'SM4004 7:13']);
    assert.match(
      stderr,
      /local: such packets do not go from host to host\nforwarded: such packets do not go/,
    );
    assert.match(stderr, /forwarded: no forwarded packet comes in by lo/);
    assert.match(stderr, /forwarded: the device default cannot be made: \S/);
    assert.match(stdout, /<stdin>:7:13 {2}a, not probed\n/);
    assert.match(stdout, /3 of 3 packets as the policy says; the rehearsal FAILED/);
  });

  it('makes SArefs up where the policy leaves them to pluto, and says so', async () => {
    const text = policyOf('flow').replace(/^sarefs: .*$/m, 'sarefs: pluto');
    const { exitCode, stdout } = await rehearsalOf(text, []);
    assert.equal(exitCode, 0);
    assert.match(stdout, /^SArefs are made up, 1, 2, 3/m);
    const { stdout: json } = await rehearsalOf(text, ['--output', 'json']);
    const { madeUpSarefs, entries } = JSON.parse(json) as RehearsalJson;
    assert.ok(madeUpSarefs);
    const marks = new Map(entries.map(({ conn, packets }) => [conn, packets[0]?.counted]));
    assert.deepEqual(Object.fromEntries(marks), {
      ...{ web: WEB, voice: VOICE, spare: SPARE, away: BACKUP, backup: undefined, gone: '0x80060000' },
    });
  });

  it('takes it for right that the second of a failover pair has nothing to do while the first is up', async () => {
    const text = policyOf('flow').replace('away: down', 'away: 9');
    const { exitCode, stdout } = await rehearsalOf(text, []);
    assert.equal(exitCode, 0);
    assert.match(
      stdout,
      /backup, on standby\n {2}local {6}not sent: earlier entries decide all such packets\n/,
    );
  });

  it('does not make up what the policy says', async () => {
    const { stdout } = await rehearsalOf(policyOf('flow'), ['--output', 'json']);
    assert.equal((JSON.parse(stdout) as RehearsalJson).madeUpSarefs, false);
  });

  it('tells what to install where nothing can send packets, with exit code 69', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
    try {
      for (const tool of ['cat', 'mount', 'nsenter', 'unshare'])
        await symlink(`/usr/bin/${tool}`, join(folder, tool));
      const { exitCode, stderr } = await executeHere({
        argv: ['env', `PATH=${folder}`, process.execPath, BIN, 'rehearse', '-'],
        stdin: policyOf('flow'),
      });
      assert.equal(exitCode, 69, stderr);
      assert.match(stderr, /SM3002[^]*perl[^]*apt-get install .*perl-base/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('conntrack', function () {
  this.timeout(30_000);
  let lab: Lab;

  before(async function () {
    if ((await whyNoNamespace()) !== undefined) this.skip();
    lab = await openLab('legacy');
  });

  after(() => lab.close());

  it('takes no packet for invalid, of whatever protocol, but two that are known for it', async () => {
    const protocols = Array.from({ length: 255 }, (_, index) => index + 1);
    await lab.gateway.mustRun({ argv: ['ip', 'address', 'add', '10.9.1.1/32', 'dev', 'lo'] });
    const counters = ['PREROUTING', 'OUTPUT'].flatMap((chain) =>
      protocols.map((one) => `-A ${chain} -p ${String(one)} -m conntrack --ctstate INVALID\n`),
    );
    await lab.tools.restore(`*mangle\n-A POSTROUTING -o saref-wan\n${counters.join('')}COMMIT\n`);
    const bytesFrom = (src: string) => (protocol: number) => bytesOf(firstOf(protocol, src));
    for (let copy = 0; copy < 2; copy += 1) {
      const own = protocols.map(bytesFrom('10.9.1.1')).map((bytes) => ({ bytes, device: undefined }));
      const others = protocols.map(bytesFrom('10.9.1.2')).map((bytes) => ({ bytes, device: 'branch' }));
      const results = [
        ...(await sendPackets(lab.gateway, own)),
        ...(await sendPackets(lab.neighbour, others)),
      ];
      assert.deepEqual(new Set(results), new Set(['sent']));
    }
    const all = String(2 * 2 * protocols.length);
    let counted = '';
    while (!counted.includes(`[${all}:`)) counted = await lab.tools.readCounters();
    const invalid = [...counted.matchAll(/^\[[1-9].* -A (\S+) -p (\S+) .*INVALID$/gm)].map(
      ([, chain, protocol]) => `${String(chain)} ${String(protocol)}`,
    );
    // see hasMemory in src/verify/probe.ts; a kernel that reads UDP-Lite as it is meant would take it
    const known = ['OUTPUT ipv6-icmp', 'PREROUTING ipv6-icmp', 'PREROUTING udplite'];
    assert.deepEqual(
      invalid.filter((one) => !known.includes(one)),
      [],
    );
  });

  function firstOf(protocol: number, src: string): Packet {
    const one = packet({ src, protocol });
    return hasPorts(protocol) ? one : withoutPorts(one);
  }
});
