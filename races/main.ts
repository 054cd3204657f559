/** npm run test:races: what is lost of ours or of others when both write at once. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runCommand } from '../bench/command.ts';
import { thisMachine } from '../bench/machine.ts';
import { machineText } from '../bench/table.ts';
import { BACKENDS } from '../test/support/lab.ts';
import { RACES } from './all.ts';
import type { Race } from './race.ts';
import type { Line } from './table.ts';
import { racesText } from './table.ts';

const USAGE = `npm run test:races -- [--small] [--only RACE]... [--json FILE]

  --small      one round of each, on one back end: shows that each race works
  --only RACE  of ${RACES.map(({ name }) => name).join(', ')}
  --json FILE  where the counts go besides the table (races/results.json)
`;

const OPTIONS = {
  small: { type: 'boolean', default: false },
  only: { type: 'string', multiple: true, default: RACES.map(({ name }) => name) },
  json: { type: 'string', default: 'races/results.json' },
} as const;

/** A race on one back end. */
type Heat = Pick<Line, 'race' | 'backend'> & { readonly rounds: number };

interface Asked {
  readonly heats: readonly Heat[];
  readonly json: string;
}

/** @throws Error for words that it does not have */
function readAsked(args: readonly string[]): Asked {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const heats = values.only.map(raceOf).flatMap(heatsOf);
  // each race once, and each back end
  const few = heats.filter((_, index) => index % 4 === 0 || index % 4 === 3);
  return { heats: values.small ? few.map((heat) => ({ ...heat, rounds: 1 })) : heats, json: values.json };
}

function raceOf(name: string): Race {
  const race = RACES.find((one) => one.name === name);
  if (race === undefined) throw new Error(`there is no race ${name}`);
  return race;
}

function heatsOf(race: Race): Heat[] {
  return BACKENDS.map((backend) => ({ race, backend, rounds: race.rounds }));
}

/** Each race is told as soon as it is over: a whole run takes long. */
async function main({ heats, json }: Asked): Promise<void> {
  const machine = await thisMachine();
  const date = new Date().toISOString();
  const lines: Line[] = [];
  for (const { race, backend, rounds } of heats) {
    const raced = await race.run(backend, rounds);
    lines.push({ race, backend, raced });
    const { lost } = raced;
    process.stderr.write([`${race.name}, ${backend}: ${String(lost.length)} lost`, ...lost, ''].join('\n'));
    if (lost.length > 0) process.exitCode = 1;
    const results = lines.map((line) => ({ ...line.raced, race: line.race.name, backend: line.backend }));
    writeFileSync(json, `${JSON.stringify({ version: 1, date, machine, results }, null, 2)}\n`);
  }
  process.stdout.write(`${machineText(machine, date.slice(0, 10))}\n${racesText(lines)}`);
}

await runCommand({ usage: USAGE, read: readAsked, run: main });
