import type { Figure, Peer, Unit } from './figure.ts';
import { isReached, ratioOf, reachText } from './figure.ts';
import type { Machine } from './machine.ts';
import type { Spread } from './rounds.ts';

const HEAD = ['what', 'ours', 'peer', 'ratio', 'to reach'];

/** Where and when, in the lines above the table. */
export function machineText({ processor, memory, kernel, versions }: Machine, date: string): string {
  const tools = Object.entries(versions).map(([tool, version]) => `${tool} ${version}`);
  return `${date}, ${processor}, ${memory}, Linux ${kernel}, ${tools.join(', ')}\n`;
}

/** One line for each figure, in columns. */
export function tableText(figures: readonly Figure[]): string {
  return inColumns([HEAD, ...figures.map(cellsOf)]);
}

/** The first line says how many there are. */
export function inColumns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  return lines
    .map(
      (cells) =>
        `${cells
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function cellsOf(figure: Figure): string[] {
  return [
    figure.what,
    spreadText(figure.ours, figure.unit),
    peerText(figure.peer, figure.unit),
    ratioText(figure),
    verdictText(figure),
  ];
}

function spreadText({ median, min, max }: Spread, unit: Unit): string {
  return `${numberText(median)} ${unit} (${numberText(min)} to ${numberText(max)})`;
}

/** Three digits that mean something. */
function numberText(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

function peerText(peer: Peer, unit: Unit): string {
  switch (peer.kind) {
    case 'measured':
      return `${peer.name}: ${spreadText(peer.spread, unit)}`;
    case 'missing':
      return `${peer.name}: peer missing`;
    case 'none':
      return '';
  }
}

function ratioText(figure: Figure): string {
  const ratio = ratioOf(figure);
  if (ratio === undefined) return '';
  return `${numberText(ratio)}x${figure.ratio?.kind === 'less' ? ' less' : ''}`;
}

function verdictText(figure: Figure): string {
  const reached = isReached(figure);
  const verdict = reached === undefined ? [] : [reached ? 'reached' : 'NOT reached'];
  return [...(reachText(figure) === undefined ? [] : [reachText(figure)]), ...verdict].join(': ');
}
