import assert from 'node:assert/strict';
import type { Outcome } from '../../src/system/execute.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const POLICY = `version: 1
sarefs:
  server-client1: { refhim: 18, ref: 17 }
  server-client2: { refhim: 22, ref: 21 }
  server-client3: down
entries:
  - { conn: server-client1, dst: 192.168.0.0/24 }
`;

/** What is broken, in which table; checks of `verify` that fail, its words, and those of `diff`. */
interface Breakage {
  readonly script: string;
  readonly failing: readonly string[];
  readonly told: RegExp;
  readonly said: readonly RegExp[];
}

const IN = '-m mark --mark 0x80150000/0xffff0000 -m comment --comment server-client2';
const BOTH = ['rules', 'answers'];

const BREAKAGES: Readonly<Record<string, Breakage>> = {
  'nothing tells a flow by which conn it came in': {
    script: '*mangle\n-D PREROUTING -i mast0 -m conntrack --ctdir ORIGINAL -j SAREF-IN\nCOMMIT\n',
    failing: BOTH,
    told: /SM4019[^]*site\.yaml:7:13[^]*ctmark 0x80120000 \(SAref 18\) for server-client1, the live rules give it 0x0[^]*which is not there:\n {4}-A PREROUTING -i mast0 -m conntrack --ctdir ORIGINAL -j SAREF-IN\n/,
    said: [/^clients are answered as the entries say, not by the conn that they came in by$/m],
  },
  'answers go to another client': {
    script: `*mangle\n-R SAREF-IN 3 ${IN} -j CONNMARK --set-xmark 0x80120000/0xffff0000\nCOMMIT\n`,
    failing: BOTH,
    told: /SM4019[^]*ctmark 0x80160000 \(SAref 22\) for server-client2, the live rules give it 0x80120000 \(SAref 18\)\.\n *By rule 3 of SAREF-IN:/,
    said: [
      /^answers to server-client2 move from server-client1 \(SAref 18\) to server-client2 \(SAref 22\)$/m,
    ],
  },
  'an inbound SAref is another one by now': {
    script: `*mangle\n-R SAREF-IN 3 ${IN.replace('15', '25')} -j CONNMARK --set-xmark 0x80160000/0xffff0000\nCOMMIT\n`,
    failing: BOTH,
    told: /SM4019[^]*for server-client2, the live rules give it 0x80000000 \(blocked\)/,
    said: [/^server-client2 is known by inbound SAref 21 from now on, and was by SAref 37$/m],
  },
  'who is not known is answered': {
    script: '*mangle\n-D SAREF-IN 1\nCOMMIT\n',
    failing: BOTH,
    told: /SM4019[^]*ctmark 0x80000000 \(blocked\) for a client that nobody knows, the live rules give it 0x0/,
    said: [/^\+-A SAREF-IN -m connmark --mark 0x0\/0x80000000 /m],
  },
  'no zones': {
    script: '*raw\n-D PREROUTING -i mast0 -j SAREF-ZONE\nCOMMIT\n',
    failing: BOTH,
    told: /SM4020[^]*no zone of their own: server-client1, server-client2/,
    said: [
      /^clients with the same addresses and ports are taken for one: the last to speak gets the answers$/m,
    ],
  },
  'one zone for two conns': {
    script: `*raw\n-R SAREF-ZONE 2 ${IN} -j CT --zone-orig 1\nCOMMIT\n`,
    failing: BOTH,
    told: /SM4020[^]*zone 1: server-client1, server-client2/,
    said: [/^what comes in by server-client2 gets zone 2 of conntrack, and had no zone$/m],
  },
};

for (const backend of BACKENDS) {
  describe(`verify and diff of answers, ${backend}`, function () {
    this.timeout(60_000);
    let lab: GatewayLab;
    let policy: string;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openGatewayLab(backend);
      policy = await lab.write('site.yaml', POLICY);
    });

    after(() => lab.close());

    const run = (...args: readonly string[]): Promise<Outcome> => lab.run(...args);

    const failing = async (): Promise<string[]> => {
      const { stdout } = await run('verify', policy, '--output', 'json');
      const { checks } = JSON.parse(stdout) as { checks: { name: string; result: string }[] };
      return checks.filter(({ result }) => result === 'failed').map(({ name }) => name);
    };

    it('are content after an apply, with the packets of a probe, too', async () => {
      const diff = await run('diff', policy);
      assert.match(
        diff.stdout,
        /^who comes in by a conn is answered by it from now on, not as the entries say: server-client1, server-client2;$/m,
      );
      assert.equal((await run('apply', policy)).exitCode, 0);
      for (const args of [[], ['--probe']]) {
        const { exitCode, stdout, stderr } = await run('verify', policy, ...args);
        assert.equal(exitCode, 0, `${stdout}${stderr}`);
        assert.match(stdout, /^answers +ok +2 conns that flows come in by; 18 packets followed/m);
      }
      assert.match((await run('diff', policy)).stdout, /: nothing to do$/m);
    });

    for (const [what, breakage] of Object.entries(BREAKAGES)) {
      it(`say what is wrong, and apply puts it right: ${what}`, async () => {
        assert.equal((await run('apply', policy)).exitCode, 0);
        await lab.tools.restore(breakage.script);
        const { exitCode, stderr } = await run('verify', policy);
        assert.equal(exitCode, 5);
        assert.match(stderr, breakage.told);
        assert.deepEqual(await failing(), breakage.failing);
        const { stdout } = await run('diff', policy);
        for (const words of breakage.said) assert.match(stdout, words);
        assert.equal((await run('apply', policy)).exitCode, 0);
        assert.equal((await run('verify', policy)).exitCode, 0);
      });
    }

    it('say which conns are no longer answered, of a dump as of this host', async () => {
      const next = await lab.write('next.yaml', POLICY.replace('{ refhim: 22, ref: 21 }', 'down'));
      const dump = await lab.write('dump.txt', await lab.gateway.mustRun({ argv: [lab.tools.backend.save] }));
      for (const args of [[], ['--live', dump], ['--against', policy]]) {
        const { stdout } = await run('diff', next, ...args);
        assert.match(
          stdout,
          /^who comes in by server-client2 is no longer answered, and was by SAref 22$/m,
          args.join(' '),
        );
        const { stdout: json } = await run('diff', next, ...args, '--output', 'json');
        assert.deepEqual(
          (JSON.parse(json) as { answers: { changes: { conn: string }[] } }).answers.changes.map(
            ({ conn }) => conn,
          ),
          ['server-client2'],
        );
      }
    });
  });
}

describe('verify of answers, nf_tables', function () {
  this.timeout(30_000);

  it('fails where there is no chain of nat', async function () {
    if ((await whyNoNamespace()) !== undefined) this.skip();
    const lab = await openGatewayLab('nf_tables');
    try {
      const policy = await lab.write('site.yaml', POLICY);
      assert.equal((await lab.run('apply', policy)).exitCode, 0);
      await lab.gateway.mustRun({ argv: ['iptables-nft', '-t', 'nat', '-F'] });
      await lab.gateway.mustRun({ argv: ['iptables-nft', '-t', 'nat', '-X'] });
      const { exitCode, stderr } = await lab.run('verify', policy);
      assert.equal(exitCode, 5);
      assert.match(stderr, /SM4008[^]*the nat table may be missing/);
      assert.match(stderr, /SM4021[^]*No chain of a hook has a rule/);
    } finally {
      await lab.close();
    }
  });
});
