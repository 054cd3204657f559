import type { FaultRound } from './fault-rounds.ts';
import type { Verdict } from './judge.ts';
import type { Row } from './matrix.ts';

/** In what state rounds left the host, and in which it was behind what came next. */
interface Fates {
  readonly old: number;
  readonly new: number;
  readonly between: number;
  readonly afterwardsOld: number;
  readonly afterwardsNew: number;
  /** Rounds in which something was not as promised. */
  readonly losses: number;
}

interface Fate {
  readonly left: Verdict['kind'];
  readonly ended: Verdict['kind'];
  readonly losses: readonly string[];
}

function fatesOf(all: readonly Fate[]): Fates {
  const count = (isIt: (fate: Fate) => boolean): number => all.filter(isIt).length;
  return {
    old: count(({ left }) => left === 'old'),
    new: count(({ left }) => left === 'new'),
    between: count(({ left }) => left === 'between'),
    afterwardsOld: count(({ ended }) => ended === 'old'),
    afterwardsNew: count(({ ended }) => ended === 'new'),
    losses: count(({ losses }) => losses.length > 0),
  };
}

const FATES_HEAD = ['old', 'new', 'between', 'then old', 'then new', 'losses'];

/** One line of the table. */
export interface Line extends Fates {
  readonly operation: string;
  readonly backend: string;
  readonly layout: string;
  /** Commands that write, and changes of files, when nobody kills it. */
  readonly steps: number;
  readonly kills: number;
}

export function lineOf({ reference: { subject, unharmed }, rounds }: Row): Line {
  return {
    operation: subject.operation.name,
    backend: subject.backend,
    layout: subject.layout,
    steps: unharmed.commands + unharmed.changes,
    kills: rounds.filter(({ isKilled }) => isKilled).length,
    ...fatesOf(rounds.map(({ died, ended, losses }) => ({ left: died.kind, ended: ended.kind, losses }))),
  };
}

export function tableText(lines: readonly Line[]): string {
  return markdown(['operation', 'back end', 'layout', 'steps', 'kills', ...FATES_HEAD], lines, 3);
}

/** The same over all back ends and layouts, for the README. */
export function shortTableText(lines: readonly Line[]): string {
  const operations = [...new Set(lines.map(({ operation }) => operation))];
  const sums = operations.map((name) =>
    sumOf(
      name,
      lines.filter(({ operation }) => operation === name),
    ),
  );
  return markdown(['operation', 'steps', 'kills', ...FATES_HEAD], [...sums, sumOf('all', lines)], 1);
}

function sumOf(operation: string, lines: readonly Line[]): Omit<Line, 'backend' | 'layout'> {
  const sum = (key: keyof Fates | 'steps' | 'kills'): number =>
    lines.reduce((total, line) => total + line[key], 0);
  return {
    ...{ operation, steps: sum('steps'), kills: sum('kills') },
    ...{ old: sum('old'), new: sum('new'), between: sum('between') },
    ...{ afterwardsOld: sum('afterwardsOld'), afterwardsNew: sum('afterwardsNew'), losses: sum('losses') },
  };
}

/** What became of runs in which one thing went wrong. Between: it could not take back all, and said so. */
export interface FaultLine extends Fates {
  readonly fault: string;
  readonly backend: string;
  readonly runs: number;
}

export function faultLinesOf(rounds: readonly FaultRound[]): FaultLine[] {
  const kinds = new Map(rounds.map((round) => [`${round.fault} ${round.backend}`, round]));
  return [...kinds.values()].map(({ fault, backend }) => {
    const own = rounds.filter((round) => round.fault === fault && round.backend === backend);
    return { fault, backend, runs: own.length, ...fatesOf(own) };
  });
}

export function faultTableText(lines: readonly FaultLine[]): string {
  return markdown(['what goes wrong', 'back end', 'runs', ...FATES_HEAD], lines, 2);
}

/** For people. The first columns are words, the others numbers. */
function markdown(head: readonly string[], lines: readonly object[], words: number): string {
  const rows = [head, ...lines.map((line) => Object.values(line).map(String))];
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  const isNumber = (column: number): boolean => column >= words;
  const texts = rows.map((cells) =>
    cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
    }),
  );
  const rule = widths.map((width, column) =>
    isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [texts[0] ?? [], rule, ...texts.slice(1)].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
