import assert from 'node:assert/strict';
import { applyHost } from '../../src/apply/apply.ts';
import { findBackend } from '../../src/system/backend.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import { applySuite, GOAL } from '../support/apply-suite.ts';
import { setSuite } from '../support/set-suite.ts';
import { openHost } from '../support/real-host.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

for (const backend of BACKENDS) {
  describe(`apply, on a real host, ${backend},`, function () {
    this.timeout(30_000);

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    applySuite(openHost, backend);

    describe('in sets', () => {
      setSuite(openHost, backend);
    });

    it('keeps the counters of foreign rules', async () => {
      const host = await openHost();
      const tools = hostTools(host.execute, {
        backend: await findBackend(host.execute, backend),
        waitSeconds: 5,
      });
      const foreign = '[5:300] -A PREROUTING -p tcp -j ACCEPT\n[7:420] -A FORWARD -j DROP';
      await host.execute({
        argv: [tools.backend.restore, '--noflush', '--counters'],
        stdin: `*mangle\n${foreign}\nCOMMIT\n`,
      });
      const counted = async (): Promise<string[]> =>
        (await tools.readCounters()).split('\n').filter((line) => foreign.includes(line) && line !== '');
      assert.deepEqual(await counted(), foreign.split('\n'));
      assert.equal((await applyHost(tools, GOAL)).kind, 'applied');
      assert.deepEqual(await counted(), foreign.split('\n'));
      await host.close();
    });
  });
}
