/** npm run fuzz -- [TARGET...] [--inputs N] [--seed S]: each reader of foreign text, until one of its promises does not hold. */
import { createHash, randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Fuzzed } from './fuzz.ts';
import { fuzz, megabytes } from './fuzz.ts';
import { TARGETS } from './targets.ts';

const { values, positionals } = parseArgs({
  options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const inputs = Number(values.inputs);
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
const unknown = names.find((name) => !Object.hasOwn(TARGETS, name));
if (unknown !== undefined || !Number.isSafeInteger(inputs) || !Number.isSafeInteger(seed)) {
  process.stderr.write(
    `usage: npm run fuzz -- [${Object.keys(TARGETS).join('|')}] [--inputs N] [--seed S]\n`,
  );
  process.exit(64);
}
for (const name of names) fuzzOne(name);

function fuzzOne(name: string): void {
  const target = TARGETS[name]?.();
  if (target === undefined) return;
  const start = performance.now();
  const fuzzed = fuzz(target, { inputs, seed });
  process.stdout.write(`${name}: ${summaryOf(fuzzed, (performance.now() - start) / 1000)}\n`);
  const { failure } = fuzzed;
  if (failure === undefined) return;
  const digest = createHash('sha256').update(failure.input).digest('hex').slice(0, 8);
  const file = `fixtures/fuzz/${digest}.${name}`;
  mkdirSync('fixtures/fuzz', { recursive: true });
  writeFileSync(file, failure.input);
  process.stdout.write(`${failure.why}\n\nsaved as ${file}, ${String(failure.input.length)} bytes\n`);
  process.exitCode = 1;
}

function summaryOf(fuzzed: Fuzzed, seconds: number): string {
  const { covered, kept, slowestSeconds, heapGrowth } = fuzzed;
  return [
    `seed ${String(seed)}`,
    `${fuzzed.inputs.toLocaleString('en')} inputs in ${seconds.toFixed(0)} s`,
    `${String(kept)} of them to new code (${covered.toLocaleString('en')} characters of it)`,
    `slowest ${(1000 * slowestSeconds).toFixed(0)} ms`,
    `memory ${megabytes(heapGrowth)} MB more`,
    fuzzed.failure === undefined ? 'no failure' : 'FAILED',
  ].join(', ');
}
