import { styleText } from 'node:util';
import type { Paint } from '../diagnostics/frame.ts';
import { plain } from '../diagnostics/frame.ts';
import type { Stage } from './progress.ts';
import { NO_PROGRESS, openProgress } from './progress.ts';

/** Where a command talks to: stdout is the product, stderr is talk. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** For stderr, where diagnostics go. */
  readonly paint: Paint;
  /** What a long run is about to do: for who looks at it. */
  begin(stage: Stage): void;
}

export const COLORS = ['auto', 'always', 'never'] as const;

export function openTerminal(color: (typeof COLORS)[number]): Terminal {
  const { NO_COLOR, TERM } = process.env;
  const isWanted = process.stderr.isTTY && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
  const progress = process.stderr.isTTY && TERM !== 'dumb' ? openProgress() : NO_PROGRESS;
  const write = (stream: NodeJS.WriteStream, text: string): void => {
    progress.clear();
    stream.write(text);
  };
  return {
    out: (text) => {
      write(process.stdout, text);
    },
    err: (text) => {
      write(process.stderr, text);
    },
    begin: (stage) => {
      progress.begin(stage);
    },
    paint: color === 'always' || (color === 'auto' && isWanted) ? painted : plain,
  };
}

const STYLES = { error: ['bold', 'red'], warning: ['bold', 'yellow'], strong: 'bold', faint: 'dim' } as const;

const painted: Paint = (style, text) => styleText([STYLES[style]].flat(), text, { validateStream: false });
