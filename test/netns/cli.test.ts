import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BIN, executeAsNobody, ROOT, sarefMark } from '../support/bin.ts';
import type { Lab } from '../support/lab.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';
import { executeHere } from '../../src/system/execute.ts';

const SITE = `${ROOT}policies/site.yaml`;

interface RehearsalJson {
  readonly ok: boolean;
  readonly backend: string;
  readonly entries: readonly {
    readonly place: string;
    readonly packets: readonly {
      readonly hook: string;
      readonly wanted: string;
      readonly counted: string;
      readonly ok: boolean;
    }[];
  }[];
}

for (const backend of BACKENDS) {
  describe(`saref-mark on a host, ${backend}`, function () {
    this.timeout(30_000);
    let lab: Lab;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openLab(backend);
    });

    after(() => lab.close());

    const onGateway = (...args: string[]): ReturnType<typeof sarefMark> =>
      sarefMark([...args, '--backend', backend], { execute: lab.gateway.execute });

    it('applies the policy once, and then has nothing to do', async () => {
      const first = await onGateway('apply', SITE, '--verbose');
      assert.equal(first.exitCode, 0, first.stderr);
      assert.match(first.stdout, /applied in \d+ steps/);
      const infix = backend === 'legacy' ? 'legacy' : 'nft';
      assert.match(
        first.stderr,
        new RegExp(`^\\+ iptables-${infix}-restore --noflush --wait 10 <<'END'$`, 'm'),
      );
      const second = await onGateway('apply', SITE, '--output', 'json', '--verbose');
      const { changed, result } = JSON.parse(second.stdout) as { changed: boolean; result: string };
      assert.deepEqual([second.exitCode, changed, result], [0, false, 'unchanged']);
      assert.doesNotMatch(second.stderr, /restore|rule add|route add|sysctl -w|link set/);
    });

    it('says "try later" and takes the routing back when the tables stay locked', async function () {
      if (backend === 'nf_tables') return; // it has no lock
      await lab.gateway.mustRun({ argv: ['ip', 'rule', 'del', 'priority', '32764'] });
      await lab.gateway.mustRun({ argv: ['iptables-legacy', '-t', 'mangle', '-F', 'SAREF-ENTRIES'] });
      const [file, ...args] = lab.gateway.prefix;
      const holder = spawn(file, [...args, 'flock', '/run/xtables.lock', 'cat']);
      holder.stdin.write('locked\n');
      await once(holder.stdout, 'data');
      const outcomes = [
        await onGateway('apply', SITE, '--wait', '1'),
        await onGateway('apply', SITE, '--wait', '0'),
      ];
      holder.stdin.end();
      await once(holder, 'close');
      for (const { exitCode, stderr } of outcomes) {
        assert.equal(exitCode, 75, stderr);
        assert.match(stderr, /SM3004[^]*the host is as it was/);
        const named = `held by\n +process ${String(holder.pid)} of user root \\(0\\): flock /run/xtables.lock cat`;
        assert.match(stderr, new RegExp(named));
      }
      assert.doesNotMatch(await lab.gateway.mustRun({ argv: ['ip', 'rule', 'show'] }), /^32764:/m);
      assert.equal((await onGateway('apply', SITE)).exitCode, 0);
    });

    it('refuses a host without the mast device and writes nothing', async () => {
      const text =
        'version: 1\nmast: { interface: mast7 }\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n';
      const before = await lab.tools.readCounters();
      const { exitCode, stderr } = await sarefMark(['apply', '-', '--backend', backend], {
        execute: lab.gateway.execute,
        stdin: text,
      });
      assert.equal(exitCode, 1, stderr);
      assert.match(stderr, /SM3003[^]*no network device mast7/);
      assert.equal(withoutDates(await lab.tools.readCounters()), withoutDates(before));
    });
  });

  describe(`saref-mark rehearse, ${backend}`, function () {
    this.timeout(30_000);

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    const rehearse = (...args: string[]): ReturnType<typeof sarefMark> =>
      sarefMark(['rehearse', SITE, '--backend', backend, ...args]);

    it('counts the nfmark that the policy says for a local and a forwarded packet of every entry', async () => {
      const { exitCode, stdout, stderr } = await rehearse('--output', 'json');
      assert.equal(exitCode, 0, stderr);
      const report = JSON.parse(stdout) as RehearsalJson;
      assert.deepEqual([report.ok, report.backend], [true, backend]);
      assert.deepEqual(
        report.entries.map(({ packets }) =>
          packets.map(({ hook, wanted, counted }) => `${hook} ${wanted} ${counted}`),
        ),
        ['0x80120000', '0x80160000', '0x80000000'].map((mark) => [
          `OUTPUT ${mark} ${mark}`,
          `PREROUTING ${mark} ${mark}`,
        ]),
      );
    });

    const broken = [
      ['rule', 'SM4003', [true]],
      ['saref', 'SM4001', [true]],
      ['interface', 'SM4002', [true, true, true]],
    ] as const;
    for (const [what, code, failing] of broken) {
      it(`exits 5 and names the entry when broken on purpose: ${what}`, async () => {
        const { exitCode, stdout, stderr } = await rehearse('--break', what);
        assert.equal(exitCode, 5);
        assert.match(stdout, /the rehearsal FAILED/);
        const places = new Set(
          [...stderr.matchAll(/^error\[(\w+)\].*\n *--> (\S+)$/gm)].map(
            ([, found, place]) => `${String(found)} ${String(place)}`,
          ),
        );
        const entries = ['14:11', '18:11', '23:11'].slice(0, failing.length);
        assert.deepEqual(
          [...places],
          entries.map((place) => `${code} ${SITE}:${place}`),
        );
      });
    }

    it('works without privileges', async () => {
      const { exitCode, stdout, stderr } = await sarefMark(['rehearse', SITE, '--backend', backend], {
        execute: executeAsNobody,
      });
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /6 of 6 packets as the policy says/);
    });

    it('leaves no device, namespace or process behind', async () => {
      const traces = async (): Promise<string> => {
        const outputs = await Promise.all([
          executeHere({ argv: ['ip', '-oneline', 'link', 'show'] }),
          executeHere({ argv: ['ip', 'netns', 'list'] }),
        ]);
        return outputs.map(({ stdout }) => stdout).join('\n');
      };
      const before = await traces();
      await rehearse('--break', 'interface');
      assert.equal(await traces(), before);
    });

    it('leaves no process behind that could hold a namespace', async () => {
      const user = process.geteuid?.() === 0 ? [] : ['--user', '--map-root-user'];
      const rehearsal = `${process.execPath} ${BIN} rehearse ${SITE} --backend ${backend} >&2; ps -e -o comm=`;
      // in a world of processes of its own, all that are left can be told from those of others
      const { stdout, stderr } = await executeHere({
        argv: ['unshare', ...user, '--pid', '--fork', '--mount-proc', 'sh', '-c', rehearsal],
      });
      assert.match(stderr, /6 of 6 packets/);
      assert.deepEqual(stdout.trim().split('\n'), ['sh', 'ps']);
    });
  });
}

describe('a host without iptables', () => {
  let lab: Lab;

  before(async function () {
    if ((await whyNoNamespace()) !== undefined) this.skip();
    lab = await openLab('legacy');
    for (const folder of ['/usr/sbin', '/sbin'])
      await lab.gateway.execute({ argv: ['mount', '-t', 'tmpfs', 'tmpfs', folder] });
  });

  after(() => lab.close());

  it('is told what to install, with exit code 69', async () => {
    const { exitCode, stderr } = await sarefMark(['apply', SITE], { execute: lab.gateway.execute });
    assert.equal(exitCode, 69);
    assert.match(stderr, /SM3002[^]*apt-get install iptables/);
  });

  it('ends, too, when it was to be rehearsed on', async () => {
    const { exitCode, stderr } = await sarefMark(['rehearse', SITE], { execute: lab.gateway.execute });
    assert.equal(exitCode, 69, stderr);
  });
});

function withoutDates(save: string): string {
  return save.replace(/^#.*\n/gm, '');
}
