import type { Applied } from '../apply/apply.ts';
import { isDone } from '../apply/apply.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Change } from '../state/change.ts';
import type { Recovered } from '../state/recover.ts';

/** What was found of a change that had been interrupted, and what became of it. */
export function recoveredDiagnostics(recovered: Recovered): Diagnostic[] {
  switch (recovered.kind) {
    case 'nothing':
      return [];
    case 'old':
      return [interrupted(recovered.change, 'It had not written anything yet.')];
    case 'new':
      return [
        interrupted(
          recovered.change,
          `It had written all of its rules, so it counts as done. ${isDone(recovered.applied) ? 'Running flows were looked at again.' : 'Running flows may not have followed.'}`,
        ),
      ];
    case 'between':
      return [
        interrupted(
          recovered.change,
          isDone(recovered.applied)
            ? 'What it had written was taken back.'
            : 'What it had written could not be taken back.',
        ),
      ];
    case 'other':
      return [left(`${aboutText(recovered.change)} ${LEFT}`)];
    case 'damaged':
      return [left(`The journal of a change cannot be read. ${LEFT}`)];
    case 'unread':
      return [interrupted(recovered.change, 'How far it came cannot be seen.')];
    default:
      return recovered satisfies never;
  }
}

const LEFT =
  'The rules are in none of the states on its way: somebody else has written since, and they stay as they are.';

/** Whether what was interrupted is ended, so that another change can be begun. */
export function blockerIn(recovered: Recovered): Applied | undefined {
  if (recovered.kind === 'unread') return { kind: 'refused', diagnostics: recovered.diagnostics };
  if (recovered.kind === 'new' && recovered.applied.kind === 'not undone') return recovered.applied;
  return recovered.kind === 'between' && !isDone(recovered.applied) ? recovered.applied : undefined;
}

function aboutText({ command, who, when, pid }: Change): string {
  return `saref-mark ${command} of ${who} (process ${String(pid)}), begun at ${when}, was interrupted.`;
}

function interrupted(change: Change, what: string): Diagnostic {
  return { code: 'SM3102', labels: [], detail: `${aboutText(change)} ${what}` };
}

function left(detail: string): Diagnostic {
  return {
    code: 'SM3103',
    labels: [],
    detail,
    help: 'bring the host to its policy:\nsaref-mark apply POLICY.yaml',
  };
}
