import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source } from '../diagnostics/source.ts';
import type { TableLine } from './saref-table.ts';

export function parsePlutoStatus(_source: Source): {
  lines: readonly TableLine[];
  diagnostics: readonly Diagnostic[];
} {
  return { lines: [], diagnostics: [] };
}

export function isPlutoStatus(text: string): boolean {
  return /^000 /m.test(text);
}
