import assert from 'node:assert/strict';
import { executeHere } from '../../src/system/execute.ts';
import type { Outcome } from '../../src/system/execute.ts';
import { ROOT } from '../support/bin.ts';
import { remark } from '../support/reading.ts';
import { TARGETS } from '../../fuzz/targets.ts';

const INPUTS = 400;

/** In a process of its own: it resets the counters that the coverage of these tests is taken from. */
function fuzz(...args: string[]): Promise<Outcome> {
  const node = ['env', '-u', 'NODE_V8_COVERAGE', process.execPath] as const;
  return executeHere({ argv: [...node, `${ROOT}dist/fuzz/main.js`, ...args], timeLimitSeconds: 180 });
}

describe('every reader of what others wrote', () => {
  it('ends well on mutations of what it usually reads, and on all that it has once failed on', async () => {
    const { exitCode, stdout, stderr } = await fuzz('--inputs', String(INPUTS), '--seed', '1');
    assert.equal(exitCode, 0, stdout + stderr);
    const lines = stdout.trimEnd().split('\n');
    for (const [index, name] of Object.keys(TARGETS).entries()) {
      const line = lines[index] ?? '';
      const [, read, kept] = / ([0-9]+) inputs .* ([0-9]+) of them to new code/.exec(line) ?? [];
      assert.deepEqual(
        [line.startsWith(`${name}: `), Number(read), Number(kept) > 0],
        [true, INPUTS, true],
        line,
      );
      remark(line);
    }
  }).timeout(200_000);

  it('is known by its name', async () => {
    const { exitCode, stderr } = await fuzz('nobody');
    assert.deepEqual([exitCode, stderr.startsWith('usage: npm run fuzz')], [64, true]);
  }).timeout(30_000);
});
