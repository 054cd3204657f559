import { readFileSync } from 'node:fs';
import type { CommandSpec } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { ExitCode } from './exit-codes.ts';
import { EXIT } from './exit-codes.ts';
import type { COLORS } from './terminal.ts';
import { COMMON_OPTIONS, optionHelp, parseOptions, UsageError } from './options.ts';
import { openTerminal } from './terminal.ts';

/** The only place that reads the command line and sets the exit code. */
async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version') return sayVersion(args.includes('--verbose'));
  if (name === '--verbose' && args.includes('--version')) return sayVersion(true);
  if (name === '--help' || name === '-h') return say(generalHelp());
  const command = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name];
  if (name === undefined || command === undefined) {
    throw new UsageError(name === undefined ? 'a command is needed' : `there is no command '${name}'`);
  }
  const specs = { ...command.options, ...COMMON_OPTIONS };
  const [own, program] = splitAt(args, command.takesProgram === true);
  const parsed = { ...parseOptions(own, specs), program };
  if (parsed.isSet('help')) return say(commandHelp(name, command));
  if (parsed.isSet('version')) return sayVersion(parsed.isSet('verbose'));
  const terminal = openTerminal(parsed.value('color') as (typeof COLORS)[number]);
  // also what tells of a failure: an upgrade of this program may take its files away while it runs
  const [{ run }, { reportFailure }] = await Promise.all([command.load(), import('./failure.ts')]);
  try {
    return await run(parsed, terminal);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return reportFailure(error, parsed, terminal);
  }
}

/** At the first `--`. */
function splitAt(args: readonly string[], isWanted: boolean): [readonly string[], readonly string[]] {
  const at = isWanted ? args.indexOf('--') : -1;
  return at === -1 ? [args, []] : [args.slice(0, at), args.slice(at + 1)];
}

function say(text: string): ExitCode {
  process.stdout.write(text);
  return EXIT.done;
}

async function sayVersion(isVerbose: boolean): Promise<ExitCode> {
  if (!isVerbose) return say(versionText());
  const [{ offerOf }, { executeHere }] = await Promise.all([
    import('../system/offer.ts'),
    import('../system/execute.ts'),
  ]);
  const rows = (await offerOf(executeHere)).map(({ name, text }) => `${name.padEnd(16)}  ${text}\n`);
  return say(`${versionText()}${rows.join('')}`);
}

function versionText(): string {
  const file = new URL('../../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return `saref-mark ${version}\n`;
}

function generalHelp(): string {
  const rows = Object.entries(COMMANDS).map(
    ([name, { operands, summary }]) => `  ${`${name} ${operands.usage}`.padEnd(29)} ${summary}\n`,
  );
  return `usage: saref-mark COMMAND [OPTIONS]\n       saref-mark --help | --version [--verbose]\n\n${rows.join('')}
A command's own options: saref-mark COMMAND --help\n`;
}

function commandHelp(name: string, { summary, operands, options }: CommandSpec): string {
  const specs = optionHelp({ ...options, ...COMMON_OPTIONS });
  return `usage: saref-mark ${name} ${operands.usage} [OPTIONS]\n\n${summary}\n\n${specs}\n${operands.help}\n`;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`saref-mark: ${error.message}\nsaref-mark --help says what there is\n`);
  process.exitCode = EXIT.usage;
}
