import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPERATIONS } from '../../crash/operation.ts';
import { executeHere } from '../../src/system/execute.ts';
import { ROOT } from '../support/bin.ts';
import { whyNoNamespace } from '../support/lab.ts';
import { remark } from '../support/reading.ts';

interface Results {
  readonly lines: readonly { readonly operation: string; readonly kills: number }[];
  readonly losses: readonly unknown[];
}

const CRASH = [process.execPath, `${ROOT}dist/crash/main.js`] as const;

describe('npm run test:crash', function () {
  this.timeout(600_000);

  before(async function () {
    // a cgroup is made by root alone
    if ((await whyNoNamespace()) !== undefined || process.geteuid?.() !== 0) this.skip();
  });

  it('kills each operation, and finds nothing lost', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
    const json = join(folder, 'results.json');
    try {
      const { exitCode, stdout, stderr } = await executeHere({
        argv: [...CRASH, '--small', '--json', json],
        timeLimitSeconds: 590,
      });
      assert.equal(exitCode, 0, stderr);
      const { lines, losses } = JSON.parse(await readFile(json, 'utf8')) as Results;
      assert.deepEqual(
        lines.map(({ operation }) => operation),
        OPERATIONS.map(({ name }) => name),
      );
      for (const { operation, kills } of lines) assert.ok(kills > 0, operation);
      assert.deepEqual(losses, []);
      assert.match(stdout, /\| operation [^]*\| what goes wrong [^]*clock that jumps: no loss/);
      remark(`${String(lines.reduce((sum, { kills }) => sum + kills, 0))} kills`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses an operation that it does not have, and what is no number', async () => {
    for (const wrong of [
      ['--only', 'nonsense'],
      ['--random', 'many'],
    ]) {
      const { exitCode, stderr } = await executeHere({ argv: [...CRASH, ...wrong] });
      assert.deepEqual([exitCode, stderr.includes('--only WORDS')], [64, true], stderr);
    }
  });
});
