import type { ExitCode } from './exit-codes.ts';
import type { Arguments, OptionSpec } from './options.ts';
import type { Terminal } from './terminal.ts';

export type Run = (args: Arguments, terminal: Terminal) => Promise<ExitCode>;

/** One row of the table of commands. Each loads only what it runs. */
export interface CommandSpec {
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly load: () => Promise<{ readonly run: Run }>;
}
