import type { Arguments, OptionSpec } from './options.ts';
import type { Terminal } from './terminal.ts';

/** @returns an ExitCode, or what a program that was run has ended with */
export type Run = (args: Arguments, terminal: Terminal) => Promise<number>;

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
  /** Whether what stands behind `--` is a program and its arguments. */
  readonly takesProgram?: boolean;
  readonly load: () => Promise<{ readonly run: Run }>;
}
