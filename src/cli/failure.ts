import { NotAsWritten, Outrun, Unreadable } from '../apply/apply.ts';
import type { Refused } from '../apply/refusal.ts';
import type { Step } from '../delta/step.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic, Label } from '../diagnostics/diagnostic.ts';
import { decoded } from '../domain/decoded.ts';
import { UnwritableLine } from '../iptables/restore.ts';
import { BackendAmbiguous, OursElsewhere } from '../system/backend-in-use.ts';
import type { FailureKind } from '../system/classify.ts';
import { CommandFailed, isPlutoDown, isSetInUse, refusedLine } from '../system/classify.ts';
import type { Outcome } from '../system/execute.ts';
import { commandText } from '../system/execute.ts';
import { LockTaken } from '../system/lock.ts';
import { StateForbidden, StateUnusable } from '../system/state-folder.ts';
import type { ExitCode } from './exit-codes.ts';
import { EXIT } from './exit-codes.ts';
import { NotArmed } from './not-armed.ts';
import { lockTaken, outrun, tablesHeld } from './lock-text.ts';
import type { Arguments } from './options.ts';
import { printReport } from './report.ts';
import { stepsText } from './step-text.ts';
import type { Terminal } from './terminal.ts';

const KINDS: Readonly<
  Record<FailureKind, { readonly code: Code; readonly exitCode: ExitCode; readonly help?: string }>
> = {
  missing: {
    code: 'SM3002',
    exitCode: EXIT.backendMissing,
    help: 'install what is missing:\napt-get install iptables iproute2 ipset procps util-linux perl-base',
  },
  locked: { code: 'SM3004', exitCode: EXIT.locked, help: 'try later, or wait longer with --wait SECONDS' },
  'no privilege': { code: 'SM3005', exitCode: EXIT.noPrivilege, help: 'run it as root' },
  refused: { code: 'SM3001', exitCode: EXIT.error },
  'cut short': { code: 'SM3001', exitCode: EXIT.error },
};

export function exitCodeOf(cause: unknown): ExitCode {
  if (cause instanceof BackendAmbiguous || cause instanceof OursElsewhere) return EXIT.backendMissing;
  if (cause instanceof LockTaken || cause instanceof Outrun) return EXIT.locked;
  if (cause instanceof StateForbidden || isForbidden(cause)) return EXIT.noPrivilege;
  return cause instanceof CommandFailed ? KINDS[cause.kind].exitCode : EXIT.error;
}

/** The system does not let us at a file: a cgroup, say. */
function isForbidden(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && 'code' in cause && (cause.code === 'EACCES' || cause.code === 'EPERM');
}

/** The first of what is to be said of it, which is always something. */
function unreadable({ message, diagnostics: [first] }: Unreadable, state: string): Diagnostic {
  const { code = 'SM2001', detail = '', help } = first ?? {};
  return { code, labels: [], detail: `${sentence(message)} ${detail}\n${state}`, help };
}

interface Failed {
  readonly step?: Step | undefined;
  readonly refused?: Refused | undefined;
}

/** What went wrong outside of the policy: the command, what it said, and how the machine is now. */
export async function failureDiagnostic(
  cause: unknown,
  state: string,
  { step, refused }: Failed = {},
): Promise<Diagnostic> {
  if (cause instanceof NotAsWritten) {
    const remaining = await stepsText(cause.remaining);
    return {
      code: 'SM3006',
      labels: [],
      detail: `Still to be done after all was done:\n${remaining}${state}`,
    };
  }
  if (cause instanceof BackendAmbiguous) return ambiguous(cause, state);
  if (cause instanceof OursElsewhere) return elsewhere(cause, state);
  if (cause instanceof LockTaken) return lockTaken(cause, state);
  if (cause instanceof Unreadable) return unreadable(cause, state);
  if (cause instanceof Outrun) return outrun(cause, state);
  if (cause instanceof StateUnusable) return unusable(cause, state);
  if (cause instanceof NotArmed)
    return { code: 'SM3015', labels: [], detail: `${sentence(cause.message)}\n${state}` };
  if (cause instanceof UnwritableLine)
    return { code: 'SM3032', labels: [], detail: `${decoded(cause.message)}\n${state}` };
  if (isForbidden(cause))
    return { code: 'SM3005', labels: [], detail: `${cause.message}\n${state}`, help: 'run it as root' };
  if (!(cause instanceof CommandFailed)) {
    const told = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    return { code: 'SM9001', labels: [], detail: `${told}\n${state}` };
  }
  const { command, outcome, kind } = cause;
  const { code } = KINDS[kind];
  const line = commandText({ argv: command.argv });
  return {
    code,
    labels: labelsOf(refused?.where === 'script' ? refused.index + 1 : refusedLine(outcome), step),
    detail: `${line}${endText(outcome)}${decoded(outcome.stderr).replace(/^/gm, '    ').trimEnd()}\n${kind === 'locked' ? tablesHeld() : foundText(refused)}${state}`,
    help: helpOf(cause),
  };
}

function unusable(cause: StateUnusable, state: string): Diagnostic {
  const { path, message, help } = cause;
  const detail = `${path}:\n    ${message}\n${state}`;
  if (cause instanceof StateForbidden)
    return { code: 'SM3005', labels: [], detail, help: KINDS['no privilege'].help };
  return { code: 'SM3013', labels: [], detail, help: help ?? 'name another folder with --state-dir DIR' };
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function ambiguous({ holdings }: BackendAmbiguous, state: string): Diagnostic {
  const list = holdings.map(({ backend, rulesPerTable }) => {
    const tables = [...rulesPerTable].map(([table, count]) => `${table} ${String(count)}`);
    return `    ${backend.name} (${backend.version}): rules in ${tables.join(', ')}\n`;
  });
  return {
    code: 'SM3008',
    labels: [],
    detail: `Packets pass the rules of both:\n${list.join('')}${state}`,
    help: `choose the one in which the marks are to be set:\n${holdings.map(({ backend }) => `--backend ${backend.name}`).join('\n')}`,
  };
}

function elsewhere({ holding: { backend } }: OursElsewhere, state: string): Diagnostic {
  return {
    code: 'SM3009',
    labels: [],
    detail: `Chains of saref-mark are in ${backend.name}, which was not asked for. Packets would pass both.\n${state}`,
    help: `take them away there first:\nsaref-mark remove --all --backend ${backend.name}`,
  };
}

/** ipsec does not come with the other tools, and where it was built by hand it is not on every PATH. */
function helpOf({ command, outcome, kind }: CommandFailed): string | undefined {
  if (isSetInUse(outcome)) return setInUse(command);
  if (command.argv[0] !== 'ipsec') return KINDS[kind].help;
  if (isPlutoDown(outcome)) return 'start pluto:\nipsec setup start';
  if (kind !== 'missing') return KINDS[kind].help;
  return 'ipsec comes with Openswan or Libreswan; one that was built here may be off the PATH:\nexport PATH="$PATH:/usr/local/sbin"';
}

function setInUse({ stdin = '' }: CommandFailed['command']): string {
  const names = [...stdin.matchAll(/^destroy (\S+)$/gm)].map(([, name]) => name).join(', ');
  return `a rule or a set of somebody else uses ${names}: find that, and take it away first\niptables-save | grep SAREF-SET-\nipset save | grep SAREF-SET-`;
}

function endText({ exitCode, failure }: Outcome): string {
  return `${exitCode === undefined ? String(failure) : `exit code ${String(exitCode)}`}:\n`;
}

/** iptables-restore names a line of its script; the user knows the lines of the policy. */
function labelsOf(line: number | undefined, step: Step | undefined): Label[] {
  if ((step?.tool !== 'iptables-restore' && step?.tool !== 'ipset') || line === undefined) return [];
  const span = step.origins[line - 1];
  return span === undefined
    ? []
    : [{ span, text: `the ${step.tool === 'ipset' ? 'element' : 'rule'} of this entry is refused` }];
}

function foundText(refused: Refused | undefined): string {
  if (refused === undefined) return '';
  const whose =
    refused.where === 'script' ? 'The kernel refuses' : 'The kernel refuses what is in the table already';
  return `${whose}, as a trial in a namespace shows:\n    ${decoded(refused.text)}\n`;
}

/** For a command that ends by an exception: nothing was begun, or the exception is a bug. */
export async function reportFailure(cause: unknown, args: Arguments, terminal: Terminal): Promise<ExitCode> {
  return printReport(args, terminal, {
    exitCode: exitCodeOf(cause),
    text: '',
    json: { ok: false, changed: false },
    diagnostics: [await failureDiagnostic(cause, 'Nothing was written.')],
  });
}
