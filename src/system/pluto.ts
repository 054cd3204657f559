import { decoded } from '../domain/decoded.ts';
import { CommandFailed, hasTrouble, isPlutoDown } from './classify.ts';
import type { Command, Execute } from './execute.ts';

/** pluto answers at once, or it is stuck. `ipsec` is a script, and what it starts would wait on. */
const STATUS = {
  argv: ['ipsec', 'auto', '--status'],
  timeLimitSeconds: 10,
  startsOthers: true,
} as const satisfies Command;

/**
 * What pluto prints about its conns and SAs, for `parsePlutoStatus`.
 *
 * @throws CommandFailed where ipsec fails or complains, and where pluto does not run
 */
export async function readPlutoStatus(execute: Execute): Promise<string> {
  const outcome = await execute(STATUS);
  // what is said of pluto on stdout is no status: it is shown in the place of a complaint
  if (isPlutoDown(outcome)) {
    throw new CommandFailed(STATUS, { ...outcome, stderr: outcome.stderr || outcome.stdout });
  }
  if (outcome.exitCode !== 0 || hasTrouble(outcome)) throw new CommandFailed(STATUS, outcome);
  // what is run speaks bytes, and names of conns are UTF-8 as they are in a policy
  return decoded(outcome.stdout);
}

/** What came of asking pluto, for who can go on without it. */
export type PlutoAnswer =
  | { readonly kind: 'status'; readonly text: string }
  /** There is no `ipsec` command. */
  | { readonly kind: 'no ipsec' }
  | { readonly kind: 'no answer'; readonly why: string };

/** Never throws for what `ipsec` does. */
export async function askPluto(execute: Execute): Promise<PlutoAnswer> {
  try {
    return { kind: 'status', text: await readPlutoStatus(execute) };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    if (error.kind === 'missing') return { kind: 'no ipsec' };
    const { exitCode, failure, stderr } = error.outcome;
    const end = exitCode === undefined ? String(failure) : `exit code ${String(exitCode)}`;
    return {
      kind: 'no answer',
      why: `${STATUS.argv.join(' ')}: ${end}\n${decoded(stderr).trimEnd()}`.trimEnd(),
    };
  }
}
