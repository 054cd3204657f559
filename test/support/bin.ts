import { fileURLToPath } from 'node:url';
import type { Execute, Outcome } from '../../src/system/execute.ts';
import { executeHere } from '../../src/system/execute.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const BIN = `${ROOT}bin/saref-mark`;

/**
 * The built program, as a user runs it. Whoever can write the folder of the tests can write the policies in
 * it: they are taken as they are.
 */
export function sarefMark(
  args: readonly string[],
  { execute = executeHere, stdin = '' }: Where = {},
): Promise<Outcome> {
  const [command = ''] = args;
  const isAsked = ['apply', 'remove', 'exec'].includes(command);
  const trusting = isAsked ? args.toSpliced(1, 0, '--insecure-policy') : args;
  return execute({ argv: [process.execPath, BIN, ...trusting], stdin });
}

interface Where {
  readonly execute?: Execute;
  readonly stdin?: string;
}

/**
 * Runs commands as a user without privileges. Root has to become one, who then may not be able to look
 * into root's folders: the project is shown to it at another place.
 */
export const executeAsNobody: Execute = ({ argv, ...rest }) => {
  if (process.geteuid?.() !== 0) return executeHere({ argv, ...rest });
  const shown = argv.map((word) => word.replace(ROOT, '/mnt/'));
  const script =
    'mount --bind "$0" /mnt && cd /mnt && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"';
  return executeHere({ argv: ['unshare', '--mount', 'sh', '-c', script, ROOT, ...shown], ...rest });
};
