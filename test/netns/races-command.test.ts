import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RACES } from '../../races/all.ts';
import type { Raced } from '../../races/race.ts';
import { executeHere } from '../../src/system/execute.ts';
import { ROOT } from '../support/bin.ts';
import { whyNoNamespace } from '../support/lab.ts';

interface Results {
  readonly results: readonly (Raced & { readonly race: string })[];
}

describe('npm run test:races', function () {
  this.timeout(200_000);

  before(async function () {
    if ((await whyNoNamespace()) !== undefined) this.skip();
  });

  const run = (...args: readonly string[]): ReturnType<typeof executeHere> =>
    executeHere({
      argv: [process.execPath, `${ROOT}dist/races/main.js`, ...args],
      timeLimitSeconds: 200,
    });

  it('runs each race and loses nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
    const json = join(folder, 'results.json');
    try {
      const { exitCode, stdout, stderr } = await run('--small', '--json', json);
      assert.equal(exitCode, 0, stderr);
      const { results } = JSON.parse(await readFile(json, 'utf8')) as Results;
      assert.deepEqual(
        results.map(({ race }) => race),
        RACES.map(({ name }) => name),
      );
      for (const { race, rounds, done, later, theirs, lost } of results) {
        assert.deepEqual([rounds, lost], [1, []], race);
        assert.ok(done + later >= 1, race);
        assert.ok(theirs > 0 || ['several', 'namespaces'].includes(race), race);
      }
      for (const { what } of RACES) assert.ok(stdout.includes(what), stdout);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses a race that it does not have', async () => {
    const { exitCode, stderr } = await run('--only', 'nonsense');
    assert.equal(exitCode, 64);
    assert.match(stderr, /there is no race nonsense[^]*--only RACE/);
  });
});
