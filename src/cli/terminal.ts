import { styleText } from 'node:util';
import type { Paint } from '../diagnostics/frame.ts';
import { plain } from '../diagnostics/frame.ts';

/** Where a command talks to: stdout is the product, stderr is talk. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** For stderr, where diagnostics go. */
  readonly paint: Paint;
}

export const COLORS = ['auto', 'always', 'never'] as const;

export function openTerminal(color: (typeof COLORS)[number]): Terminal {
  const { NO_COLOR, TERM } = process.env;
  const isWanted = process.stderr.isTTY && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    paint: color === 'always' || (color === 'auto' && isWanted) ? painted : plain,
  };
}

const STYLES = { error: ['bold', 'red'], warning: ['bold', 'yellow'], strong: 'bold', faint: 'dim' } as const;

const painted: Paint = (style, text) => styleText([STYLES[style]].flat(), text, { validateStream: false });
