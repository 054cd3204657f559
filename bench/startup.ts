import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = `${root}bin/saref-mark`;

const ROUNDS = 25;

/** What is measured, and the most that it may take in units of an empty Node. */
const CASES = [
  { name: 'node -e 0', args: ['-e', '0'], limit: 1 },
  { name: 'saref-mark --version', args: [bin, '--version'], limit: 1.6 },
  {
    name: 'saref-mark check policies/site.yaml',
    args: [bin, 'check', `${root}policies/site.yaml`],
    limit: 2.5,
  },
];

/** Wall time from start to end of a process; the median of rounds that take turns, so that noise hits all alike. */
export function benchStartup(): void {
  const times = CASES.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    CASES.forEach(({ args }, index) => {
      const start = performance.now();
      spawnSync(process.execPath, args);
      times[index]?.push(performance.now() - start);
    });
  }
  const medians = times.map((list) => list.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0);
  process.stdout.write(`start-up, median of ${String(ROUNDS)} rounds\n`);
  CASES.forEach(({ name, limit }, index) => {
    const median = medians[index] ?? 0;
    const ratio = median / (medians[0] ?? 1);
    const columns = [name.padEnd(38), `${median.toFixed(0).padStart(5)} ms`, `${ratio.toFixed(2)} x`];
    process.stdout.write(`  ${columns.join('  ')}  (at most ${String(limit)})\n`);
  });
}
