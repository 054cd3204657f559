import { MOST_LINES } from '../verify/environment.ts';

/** Whether a host holds what was written; if not, what would bring it back, of long scripts the beginning. */
export function driftText(drift: readonly string[]): string[] {
  return drift.length === 0
    ? ['the host holds what was written']
    : ['the host does not hold what was written:', ...drift.flatMap(beginningOf)];
}

function beginningOf(text: string): string[] {
  const lines = text.split('\n').map((line) => `  ${line}`);
  const more = lines.length - MOST_LINES;
  return more > 1
    ? [...lines.slice(0, MOST_LINES), `  and ${String(more)} more lines, all of them with --output json`]
    : lines;
}
