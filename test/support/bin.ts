import { fileURLToPath } from 'node:url';
import type { Execute, Outcome } from '../../src/system/execute.ts';
import { executeHere } from '../../src/system/execute.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const BIN = `${ROOT}bin/saref-mark`;

/** The built program, as a user runs it. */
export function sarefMark(
  args: readonly string[],
  { execute = executeHere, stdin = '' }: Where = {},
): Promise<Outcome> {
  return execute({ argv: [process.execPath, BIN, ...args], stdin });
}

interface Where {
  readonly execute?: Execute;
  readonly stdin?: string;
}

/** Runs commands as a user without privileges; root has to become one. */
export const executeAsNobody: Execute = ({ argv, ...rest }) => {
  const drop = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] as const;
  return process.geteuid?.() === 0
    ? executeHere({ argv: [...drop, ...argv], ...rest })
    : executeHere({ argv, ...rest });
};
