import type { Row } from './matrix.ts';
import type { FaultRound } from './fault-rounds.ts';
import type { Round } from './round.ts';

/** One line of the table. */
export interface Line {
  readonly operation: string;
  readonly backend: string;
  readonly layout: string;
  /** Commands that write, and changes of files, when nobody kills it. */
  readonly steps: number;
  readonly kills: number;
  readonly old: number;
  readonly new: number;
  readonly between: number;
  readonly afterwardsOld: number;
  readonly afterwardsNew: number;
  readonly losses: number;
}

export function lineOf({ reference: { subject, unharmed }, rounds }: Row): Line {
  const count = (isIt: (round: Round) => boolean): number => rounds.filter(isIt).length;
  return {
    operation: subject.operation.name,
    backend: subject.backend,
    layout: subject.layout,
    steps: unharmed.commands + unharmed.changes,
    kills: count(({ isKilled }) => isKilled),
    old: count(({ died }) => died.kind === 'old'),
    new: count(({ died }) => died.kind === 'new'),
    between: count(({ died }) => died.kind === 'between'),
    afterwardsOld: count(({ ended }) => ended.kind === 'old'),
    afterwardsNew: count(({ ended }) => ended.kind === 'new'),
    losses: count(({ losses }) => losses.length > 0),
  };
}

const HEAD = [
  ...['operation', 'back end', 'layout', 'steps', 'kills'],
  ...['old', 'new', 'between', 'then old', 'then new', 'losses'],
];

export function tableText(lines: readonly Line[]): string {
  return markdown(HEAD, [...lines, totalOf(lines)], 3);
}

/** What became of runs in which one thing went wrong. */
export interface FaultLine {
  readonly fault: string;
  readonly backend: string;
  readonly runs: number;
  readonly old: number;
  readonly new: number;
  /** It could not take back all, and said so. */
  readonly between: number;
  readonly afterwardsOld: number;
  readonly afterwardsNew: number;
  readonly losses: number;
}

const FAULT_HEAD = [
  'what goes wrong',
  'back end',
  'runs',
  'old',
  'new',
  'between',
  'then old',
  'then new',
  'losses',
];

export function faultLinesOf(rounds: readonly FaultRound[]): FaultLine[] {
  const kinds = new Map(rounds.map((round) => [`${round.fault} ${round.backend}`, round]));
  return [...kinds.values()].map(({ fault, backend }) => {
    const own = rounds.filter((round) => round.fault === fault && round.backend === backend);
    const count = (isIt: (round: FaultRound) => boolean): number => own.filter(isIt).length;
    return {
      ...{ fault, backend, runs: own.length },
      old: count(({ left }) => left === 'old'),
      new: count(({ left }) => left === 'new'),
      between: count(({ left }) => left === 'between'),
      afterwardsOld: count(({ ended }) => ended === 'old'),
      afterwardsNew: count(({ ended }) => ended === 'new'),
      losses: count(({ losses }) => losses.length > 0),
    };
  });
}

export function faultTableText(lines: readonly FaultLine[]): string {
  return markdown(FAULT_HEAD, lines, 2);
}

/** For people, and for the README. The first columns are words, the others numbers. */
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

function totalOf(lines: readonly Line[]): Line {
  const sum = (key: Exclude<keyof Line, 'operation' | 'backend' | 'layout'>): number =>
    lines.reduce((total, line) => total + line[key], 0);
  return {
    ...{ operation: 'all', backend: '', layout: '', steps: sum('steps'), kills: sum('kills') },
    ...{ old: sum('old'), new: sum('new'), between: sum('between') },
    ...{ afterwardsOld: sum('afterwardsOld'), afterwardsNew: sum('afterwardsNew'), losses: sum('losses') },
  };
}
