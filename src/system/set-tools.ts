import { CommandFailed } from './classify.ts';
import type { Command, Execute } from './execute.ts';

/** The sets of ipset. */
export interface SetTools {
  /**
   * Those whose names begin so, as `ipset save` prints them; none where there is no ipset. (Its option
   * -sorted takes a minute for 32,767 elements, ipset 7.17.)
   *
   * @throws CommandFailed
   */
  read(prefix: string): Promise<string>;
  /**
   * Nothing where there is ipset, and a kernel that has sets.
   *
   * @throws CommandFailed
   */
  mustBeKnown(): Promise<void>;
  /**
   * Line after line, up to the first that is refused.
   *
   * @throws CommandFailed
   */
  write(script: string): Promise<void>;
}

const LIST = { argv: ['ipset', 'list', '-name'] } as const;

export function setTools(execute: Execute): SetTools {
  const mustRun = async (command: Command): Promise<string> => {
    const outcome = await execute(command);
    if (outcome.exitCode !== 0) throw new CommandFailed(command, outcome);
    return outcome.stdout;
  };
  return {
    async mustBeKnown() {
      await mustRun(LIST);
    },
    async read(prefix) {
      const listed = await execute(LIST);
      const failure = new CommandFailed(LIST, listed);
      // a kernel without sets refuses, too: who needs them hears of it when they are written
      if (failure.kind === 'missing' || (failure.kind === 'refused' && listed.exitCode !== 0)) return '';
      if (listed.exitCode !== 0) throw failure;
      const names = listed.stdout.split('\n').filter((name) => name.startsWith(prefix));
      return (await Promise.all(names.map((name) => mustRun({ argv: ['ipset', 'save', name] })))).join('');
    },
    async write(script) {
      await mustRun({ argv: ['ipset', 'restore'], stdin: script });
    },
  };
}
