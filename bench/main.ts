import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from './command.ts';
import type { Figure } from './figure.ts';
import { isReached, ratioOf } from './figure.ts';
import { thisMachine } from './machine.ts';
import type { Row } from './row.ts';
import { ROWS } from './rows/all.ts';
import { openSetting } from './setting.ts';
import { machineText, tableText } from './table.ts';

const USAGE = `npm run bench -- [--small] [--only ROW]... [--json FILE]

  --small      a few entries and one round: shows that each row works, and its figures mean nothing
  --only ROW   of ${ROWS.map(({ name }) => name).join(', ')}
  --json FILE  where the figures go besides the table (bench/results.json)
`;

const OPTIONS = {
  small: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true, default: ROWS.map(({ name }) => name) },
  json: { type: 'string', default: 'bench/results.json' },
} as const;

interface Asked {
  readonly rows: readonly Row[];
  readonly isSmall: boolean;
  readonly json: string;
}

/** @throws Error for words that it does not have */
function readAsked(args: readonly string[]): Asked {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  return { rows: values.only.map(rowOf), isSmall: values.small, json: values.json };
}

function rowOf(name: string): Row {
  const row = ROWS.find((one) => one.name === name);
  if (row === undefined) throw new Error(`there is no row ${name}`);
  return row;
}

async function main(asked: Asked): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'saref-mark-bench-'));
  try {
    await measureAll(asked, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each row is told as soon as it is measured: a whole run takes long. */
async function measureAll({ rows, isSmall, json }: Asked, folder: string): Promise<void> {
  const machine = await thisMachine();
  const date = new Date().toISOString();
  const setting = await openSetting(folder, { isSmall, hasFerm: machine.versions['ferm'] !== undefined });
  process.stdout.write(`${machineText(machine, date.slice(0, 10))}median (min to max)\n`);
  const figures: object[] = [];
  for (const { name, measure } of rows) {
    const measured = await measure(setting);
    process.stdout.write(`\n${tableText(measured)}`);
    figures.push(...measured.map((figure) => toJson(name, figure)));
    writeFileSync(
      json,
      `${JSON.stringify({ version: 1, date, small: isSmall, machine, figures }, null, 2)}\n`,
    );
  }
}

function toJson(row: string, figure: Figure): object {
  return { row, ...figure, value: ratioOf(figure), reached: isReached(figure) };
}

await runCommand({ usage: USAGE, read: readAsked, run: main });
