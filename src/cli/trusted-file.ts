import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Untrusted } from '../system/trust.ts';
import { untrustedPart } from '../system/trust.ts';
import type { Arguments } from './options.ts';

/**
 * SM3031: what decides about the packets of a host is for root, and for who called sudo, to write. Asked of
 * every file that a policy is made of, by the commands that write; as root, for others may not write anyway.
 * What comes by stdin is the caller's.
 */
export async function checkTrusted(file: string, args: Arguments): Promise<Diagnostic[]> {
  const isAsked = args.takes('insecure-policy') && !args.isSet('insecure-policy') && !args.isSet('dry-run');
  if (!isAsked || file === '-' || process.geteuid?.() !== 0) return [];
  try {
    const found = await untrustedPart(file, trustedUids());
    return found === undefined ? [] : [await refusal(file, found)];
  } catch (error) {
    // whoever opens it says it, too
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return [];
  }
}

function trustedUids(): number[] {
  const caller = process.env['SUDO_UID'] ?? '';
  return /^[0-9]{1,10}$/.test(caller) ? [0, Number(caller)] : [0];
}

async function refusal(file: string, { path, why, uid }: Untrusted): Promise<Diagnostic> {
  const { commandText } = await import('../system/execute.ts');
  const what = {
    owner: `${path} belongs to the user ${String(uid)}, who is neither root nor who runs this`,
    mode: `${path} can be written by its group, or by everybody`,
  }[why];
  const command: [string, ...string[]] = why === 'owner' ? ['chown', 'root', path] : ['chmod', 'go-w', path];
  return {
    code: 'SM3031',
    labels: [],
    detail: `${what}. So ${path === file ? 'others' : 'they'} could say by ${file} which way the packets of this host go. Nothing was written.`,
    help: `see that it says what you mean, then:\n${commandText({ argv: command }).trimEnd()}`,
  };
}
