import assert from 'node:assert/strict';
import type { Outcome } from '../../src/system/execute.ts';
import { batch } from '../../src/rehearse/stage.ts';
import { sarefMark } from '../support/bin.ts';
import { BREAKAGES, breakHost, BROKEN_POLICY } from '../support/breakages.ts';
import type { GatewayLab } from '../support/gateway-lab.ts';
import { openGatewayLab } from '../support/gateway-lab.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';
import { openStream } from '../support/wire.ts';

const FOREIGN = ['-A FORWARD -s 10.1.1.1/32 -j DROP', '-A PREROUTING -p tcp -j ACCEPT'];

for (const backend of BACKENDS) {
  describe(`diff against a live host, ${backend}`, function () {
    this.timeout(60_000);
    let lab: GatewayLab;
    let policy: string;

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
      lab = await openGatewayLab(backend);
      policy = await lab.write('site.yaml', BROKEN_POLICY);
      await lab.tools.restore(['*mangle', ...FOREIGN, 'COMMIT', ''].join('\n'));
    });

    after(() => lab.close());

    const run = (...args: readonly string[]): Promise<Outcome> => lab.run(...args);

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

    for (const [what, breakage] of Object.entries(BREAKAGES)) {
      it(`says what it means, and apply puts it right: ${what}`, async () => {
        await breakHost(lab, breakage);
        const { exitCode, stdout, stderr } = await run('diff', policy, '--detailed-exitcode');
        assert.equal(exitCode, 2, stderr);
        for (const words of breakage.said) assert.match(stdout, words);
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
      const moved = BROKEN_POLICY.replace('server-client1: 18', 'server-client1: 19').replace(
        '10.9.2.0',
        '10.9.3.0',
      );
      const other = await lab.write('flows.yaml', moved);
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
      const dump = await lab.write('live.txt', await lab.tools.readTable());
      const same = await sarefMark(['diff', policy, '--live', dump, '--detailed-exitcode']);
      assert.deepEqual([same.exitCode, same.stdout], [0, `${policy}: nothing to do\n`]);
      const other = await lab.write(
        'other.yaml',
        BROKEN_POLICY.replace('server-client2: 22', 'server-client2: 23'),
      );
      const changed = await sarefMark(['diff', other, '--live', dump]);
      assert.equal(changed.exitCode, 0);
      assert.match(changed.stdout, /stays with server-client2: SAref 22 becomes SAref 23,\n/);
    });
  });
}
