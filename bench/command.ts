/** A command of this repository for people: bench, races, crash. */
export interface Command<Asked> {
  readonly usage: string;
  /** @throws Error that says what is wrong with the words */
  readonly read: (args: readonly string[]) => Asked;
  readonly run: (asked: Asked) => Promise<void>;
}

/** Exit code 64 and the usage where the words cannot be read. */
export async function runCommand<Asked>({ usage, read, run }: Command<Asked>): Promise<void> {
  let asked: Asked;
  try {
    asked = read(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 64;
    return;
  }
  await run(asked);
}
