import { inColumns } from '../bench/table.ts';
import type { BackendName } from '../src/system/backend.ts';
import type { Race, Raced } from './race.ts';

export interface Line {
  readonly race: Race;
  readonly backend: BackendName;
  readonly raced: Raced;
}

const HEAD = ['race', 'back end', 'rounds', 'ours done', 'try later', 'theirs done', 'refused', 'lost'];

export function racesText(lines: readonly Line[]): string {
  return inColumns([HEAD, ...lines.map(cellsOf)]);
}

function cellsOf({ race, backend, raced }: Line): string[] {
  const { rounds, done, later, theirs, refused, lost } = raced;
  const counts = [rounds, done, later, theirs, refused, lost.length];
  return [race.what, backend, ...counts.map((count) => count.toLocaleString('en'))];
}
