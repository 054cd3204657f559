import type { Race } from './race.ts';
import { refill, reload } from './reload.ts';
import { namespaces, several } from './several.ts';
import { stock } from './stock.ts';

export const RACES: readonly Race[] = [stock, reload, refill, several, namespaces];
