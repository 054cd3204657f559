import { parseArgs } from 'node:util';
import { COLORS } from './terminal.ts';

/** An option that takes one of a few words, any word, or none. */
export interface OptionSpec {
  readonly help: string;
  readonly choices?: readonly string[];
  /** What stands for the value in --help; absent for a switch. */
  readonly placeholder?: string;
  readonly default?: string;
  /** The choice that the option without a value is. */
  readonly bare?: string;
}

/** Every command takes them, so that one line of a script can be another command's by its name alone. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  backend: { help: 'the iptables to use', choices: ['auto', 'legacy', 'nf_tables'], default: 'auto' },
  output: { help: 'what stdout carries', choices: ['text', 'json'], default: 'text' },
  color: { help: 'colour in what is said on stderr', choices: COLORS, default: 'auto' },
  verbose: { help: 'each command run, as one could type it' },
  help: { help: 'this text' },
  version: { help: 'the version; with --verbose what this host offers, too' },
};

export class UsageError extends Error {}

export interface Arguments {
  readonly positionals: readonly string[];
  /** What stands behind `--`, for a command that takes a program. */
  readonly program: readonly string[];
  /** The value of an option, or its default. */
  value(name: string): string;
  isSet(name: string): boolean;
  /** Whether the command has such an option. */
  takes(name: string): boolean;
}

/** @throws UsageError */
export function parseOptions(
  args: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
): Arguments {
  const { values, positionals } = readArgs(args, specs);
  for (const [name, { choices }] of Object.entries(specs)) {
    const value = values[name];
    if (choices !== undefined && typeof value === 'string' && !choices.includes(value)) {
      throw new UsageError(`--${name} takes ${choices.join(', ')}; not '${value}'`);
    }
  }
  return {
    program: [],
    positionals: positionals.map((word) => word.replace(/^ (?=-[0-9])/, '')),
    value: (name) => String(values[name] ?? specs[name]?.default ?? ''),
    isSet: (name) => values[name] !== undefined,
    takes: (name) => Object.hasOwn(specs, name),
  };
}

function readArgs(
  args: readonly string[],
  specs: Readonly<Record<string, OptionSpec>>,
): ReturnType<typeof parseArgs> {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      { type: takesValue(spec) ? 'string' : 'boolean' } as const,
    ]),
  );
  try {
    // a negative number is no option; parseArgs would take it for one, but not behind a blank
    const words = args.map((word) => (/^-[0-9]/.test(word) ? ` ${word}` : withValue(word, specs)));
    return parseArgs({ args: words, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** parseArgs has no option that may go without its value. */
function withValue(word: string, specs: Readonly<Record<string, OptionSpec>>): string {
  const bare = word.startsWith('--') ? specs[word.slice(2)]?.bare : undefined;
  return bare === undefined ? word : `${word}=${bare}`;
}

function takesValue({ choices, placeholder }: OptionSpec): boolean {
  return choices !== undefined || placeholder !== undefined;
}

/** One line for each option, for --help. */
export function optionHelp(specs: Readonly<Record<string, OptionSpec>>): string {
  return Object.entries(specs)
    .map(([name, { help, choices, placeholder, default: value, bare }]) => {
      const argument = choices?.filter((choice) => choice !== bare).join('|') ?? placeholder;
      const shown = bare === undefined ? ` ${String(argument)}` : `[=${String(argument)}]`;
      const head = `  --${name}${argument === undefined ? '' : shown}`;
      return `${head.padEnd(38)} ${help}${value === undefined ? '' : ` (${value})`}\n`;
    })
    .join('');
}
