import type { Command, Execute, Outcome } from '../../src/system/execute.ts';

/** How a command goes wrong. after: it has done its work all the same. lies: it says that it did. */
export const FAULTS = [
  'fails before',
  'fails after',
  'is killed before',
  'is killed after',
  'hangs',
  'lies',
  'is locked out',
] as const;

export type Fault = (typeof FAULTS)[number];

const FAILED: Outcome = { exitCode: 1, stdout: '', stderr: 'no reason given\n' };
const KILLED: Outcome = { exitCode: undefined, stdout: '', stderr: '', failure: 'killed' };

/** Whether a command changes the host. */
export function isWriting({ argv }: Command): boolean {
  return /[- ]restore |^conntrack -D |^sysctl -w |^ip -4 \w+ (?:add|del|set) /.test(`${argv.join(' ')} `);
}

/** With a fault in one command that writes, counted from 0. */
export function withFault(execute: Execute, write: number, fault: Fault): Execute {
  let writes = 0;
  return (command) => {
    if (!isWriting(command)) return execute(command);
    writes += 1;
    return writes - 1 === write ? faulty(fault, () => execute(command)) : execute(command);
  };
}

async function faulty(fault: Fault, run: () => Promise<Outcome>): Promise<Outcome> {
  switch (fault) {
    case 'fails before':
      return FAILED;
    case 'fails after':
      await run();
      return FAILED;
    case 'is killed before':
      return KILLED;
    case 'is killed after':
      await run();
      return KILLED;
    case 'hangs':
      return { ...KILLED, failure: 'timed out' };
    case 'lies':
      return { exitCode: 0, stdout: '', stderr: '' };
    case 'is locked out':
      return {
        exitCode: 4,
        stdout: '',
        stderr: 'Another app is currently holding the xtables lock. Stopped waiting after 10s.\n',
      };
    default:
      return fault satisfies never;
  }
}
