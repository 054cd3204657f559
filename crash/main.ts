import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { runCommand } from '../bench/command.ts';
import { thisMachine } from '../bench/machine.ts';
import { BACKENDS } from '../test/support/lab.ts';
import { changeUnderJumpingClock } from './clock.ts';
import { runFaults } from './fault-rounds.ts';
import type { Extent, Row } from './matrix.ts';
import { runMatrix } from './matrix.ts';
import { OPERATIONS } from './operation.ts';
import type { Subject } from './round.ts';
import { faultLinesOf, faultTableText, lineOf, shortTableText, tableText } from './table.ts';

const LAYOUTS = ['rules', 'tree', 'sets'] as const;

const USAGE = `npm run test:crash -- [--small] [--only WORDS]... [--every N] [--random N] [--jobs N] [--json FILE]

  --small       a few kills of each operation, on either back end
  --only WORDS  operations with these words in their name: ${OPERATIONS.map(({ name }) => name).join('; ')}
  --every N     one step of N in each line of the table, other ones in the next line (1; with --small 15)
  --random N    kills at random moments besides (210; with --small 3)
  --jobs N      rounds at once (one for each processor)
  --json FILE   where the table goes as well (crash/results.json)
`;

const OPTIONS = {
  small: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true },
  every: { type: 'string' },
  random: { type: 'string' },
  jobs: { type: 'string', default: String(cpus().length) },
  json: { type: 'string', default: 'crash/results.json' },
} as const;

interface Asked extends Extent {
  readonly subjects: readonly Subject[];
  readonly isSmall: boolean;
  readonly json: string;
}

/** @throws Error for words that it does not have */
function readAsked(args: readonly string[]): Asked {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { small: isSmall, only = [''], jobs, json } = values;
  const { every = isSmall ? '15' : '1', random = isSmall ? '3' : '210' } = values;
  const subjects = subjectsOf(only, isSmall);
  if (subjects.length === 0) throw new Error(`there is no operation ${only.join(' or ')}`);
  const [steps, moments, atOnce] = [every, random, jobs].map(numberOf) as [number, number, number];
  return { subjects, isSmall, json, every: Math.max(1, steps), random: moments, jobs: Math.max(1, atOnce) };
}

function numberOf(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new Error(`${text} is no number`);
  return Number(text);
}

/** When it shall be short, each operation once, the back ends and layouts in turns. */
function subjectsOf(only: readonly string[], isSmall: boolean): Subject[] {
  const operations = OPERATIONS.filter(({ name }) => only.some((words) => name.includes(words)));
  if (isSmall)
    return operations.map((operation, at) => ({
      operation,
      backend: BACKENDS[at % 2] as Subject['backend'],
      layout: LAYOUTS[(at + 2) % 3] as Subject['layout'],
    }));
  return operations.flatMap((operation) =>
    BACKENDS.flatMap((backend) => LAYOUTS.map((layout) => ({ operation, backend, layout }))),
  );
}

async function main({ subjects, isSmall, json, ...extent }: Asked): Promise<void> {
  const { kernel, versions } = await thisMachine();
  const date = new Date().toISOString();
  const found = ['node', 'iptables', 'ipset'].map((tool) => `${tool} ${versions[tool] ?? 'missing'}`);
  process.stdout.write(`${date.slice(0, 10)}, Linux ${kernel}, ${found.join(', ')}\n\n`);
  const tell = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const rows = await runMatrix(subjects, extent, tell);
  const lines = rows.map(lineOf);
  process.stdout.write(`${tableText(lines)}\n${shortTableText(lines)}\n`);
  const faults = await runFaults(BACKENDS, isSmall ? 17 : extent.every, tell);
  const faultLines = faultLinesOf(faults);
  process.stdout.write(faultTableText(faultLines));
  const clock = (await Promise.all(BACKENDS.map(changeUnderJumpingClock))).flat();
  process.stdout.write(`\na clock that jumps: ${clock.length === 0 ? 'no loss' : clock.join('; ')}\n`);
  const losses = [...rows.flatMap(lossesOf), ...faults.filter(isLoss), ...clock];
  const results = { version: 1, date, small: isSmall, kernel, versions, lines, faultLines, losses };
  writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  if (losses.length > 0) process.exitCode = 1;
}

function lossesOf({ reference: { subject }, rounds }: Row): object[] {
  const { operation, backend, layout } = subject;
  return rounds.filter(isLoss).map(({ kill, ending, losses }) => ({
    operation: operation.name,
    backend,
    layout,
    kill,
    ending,
    losses,
  }));
}

function isLoss({ losses }: { readonly losses: readonly string[] }): boolean {
  return losses.length > 0;
}

await runCommand({ usage: USAGE, read: readAsked, run: main });
