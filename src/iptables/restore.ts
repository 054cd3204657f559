import type { Span } from '../diagnostics/source.ts';

/** One line of a restore script, and the place in the policy that causes it. */
export interface RestoreLine {
  readonly text: string;
  readonly origin?: Span | undefined;
}

/** The longest line that iptables-restore does not cut in two (iptables/iptables-restore.c), its newline included. */
const LONGEST_LINE = 10239;

/** For `iptables-restore --noflush`: all of it or nothing, for one table. Names no chain that it does not declare. */
export function printRestore(table: string, lines: readonly RestoreLine[]): string {
  for (const { text } of lines) {
    if (/[\0\r\n]/.test(text) || text.length >= LONGEST_LINE) {
      throw new Error(`iptables-restore could not read this line back: ${text}`);
    }
  }
  return [`*${table}`, ...lines.map(({ text }) => text), 'COMMIT', ''].join('\n');
}

/** Creates the chain, or empties it where it is. */
export function declareChain(chain: string): string {
  return `:${chain} - [0:0]`;
}
