import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROWS } from '../../bench/rows/all.ts';
import { executeHere } from '../../src/system/execute.ts';
import { ROOT } from '../support/bin.ts';
import { whyNoNamespace } from '../support/lab.ts';

interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

interface Results {
  readonly machine: { readonly kernel: string; readonly versions: Readonly<Record<string, string>> };
  readonly figures: readonly {
    readonly row: string;
    readonly unit: string;
    readonly ours: Spread;
    readonly peer: { readonly kind: string; readonly name?: string; readonly spread?: Spread };
  }[];
}

/** A difference of two times may be anything in so short a run, but it is a number; of packets, there may be none. */
const isSpread = ({ median, min, max }: Spread, unit: string): boolean =>
  [median, min, max].every((value) => Number.isFinite(value) && (value !== 0 || unit === 'packets')) &&
  min <= median &&
  median <= max;

describe('npm run bench', function () {
  this.timeout(300_000);

  before(async function () {
    if ((await whyNoNamespace()) !== undefined) this.skip();
  });

  it('has figures of ours and of its peer in each row, however few entries there are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'saref-mark-'));
    const json = join(folder, 'results.json');
    try {
      const argv = [process.execPath, `${ROOT}dist/bench/main.js`, '--small', '--json', json] as const;
      const { exitCode, stdout, stderr } = await executeHere({ argv, timeLimitSeconds: 300 });
      assert.equal(exitCode, 0, stderr);
      const { machine, figures } = JSON.parse(await readFile(json, 'utf8')) as Results;
      assert.deepEqual(
        [...new Set(figures.map(({ row }) => row))],
        ROWS.map(({ name }) => name),
      );
      for (const { row, unit, ours, peer } of figures) {
        assert.ok(isSpread(ours, unit), `${row}: ${JSON.stringify(ours)}`);
        if (peer.spread !== undefined)
          assert.ok(isSpread(peer.spread, unit), `${row}: ${JSON.stringify(peer)}`);
        if (peer.kind === 'missing') assert.equal(peer.name, 'ferm');
      }
      assert.ok(stdout.includes(machine.kernel));
      assert.ok(machine.versions['iptables'] !== undefined && stdout.includes(machine.versions['iptables']));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses a row that it does not have', async () => {
    const argv = [process.execPath, `${ROOT}dist/bench/main.js`, '--only', 'nonsense'] as const;
    const { exitCode, stderr } = await executeHere({ argv });
    assert.equal(exitCode, 64);
    assert.match(stderr, /there is no row nonsense[^]*--only ROW/);
  });
});
