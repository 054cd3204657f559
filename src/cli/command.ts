import type { ExitCode } from './exit-codes.ts';
import type { Arguments, OptionSpec } from './options.ts';
import type { Terminal } from './terminal.ts';

export type Run = (args: Arguments, terminal: Terminal) => Promise<ExitCode>;

/** What stands behind the name of a command: its words in the usage line, and a sentence on them. */
interface Operands {
  readonly usage: string;
  readonly help: string;
}

/** One row of the table of commands. Each loads only what it runs. */
export interface CommandSpec {
  readonly summary: string;
  readonly operands: Operands;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly load: () => Promise<{ readonly run: Run }>;
}
