import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { ROOT, sarefMark } from '../support/bin.ts';
import { BACKENDS, whyNoNamespace } from '../support/lab.ts';

const FOLDER = `${ROOT}policies/`;

for (const file of readdirSync(FOLDER)) {
  describe(`the example policies/${file}`, function () {
    this.timeout(30_000);

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    it('passes its checks without a warning', async () => {
      const { exitCode, stderr } = await sarefMark(['check', '--strict', `${FOLDER}${file}`]);
      assert.deepEqual([exitCode, stderr], [0, '']);
    });

    for (const backend of BACKENDS) {
      it(`passes a rehearsal, ${backend}`, async () => {
        const { exitCode, stdout, stderr } = await sarefMark([
          'rehearse',
          '--backend',
          backend,
          `${FOLDER}${file}`,
        ]);
        assert.equal(exitCode, 0, `${stdout}${stderr}`);
      });
    }
  });
}
