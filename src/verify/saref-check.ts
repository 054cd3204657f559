import type { Code } from '../diagnostics/codes.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { isError } from '../diagnostics/diagnostic.ts';
import { checkStatus } from '../plan/checks/status.ts';
import type { MarkPlan, PlannedEntry } from '../plan/plan.ts';
import { parsePlutoStatus } from '../plan/pluto-status.ts';
import type { FindConn, TableLine } from '../plan/saref-table.ts';
import { finderIn, tableOfStatus } from '../plan/saref-table.ts';
import type { PlutoAnswer } from '../system/pluto.ts';
import type { Check } from './check.ts';
import { checkOf, notApplicable, notChecked } from './check.ts';

const NAME = 'SArefs';

/** Whether each conn is up by the SAref that its packets are marked with. */
export function checkSarefs(plan: MarkPlan, answer: PlutoAnswer): Check {
  if (answer.kind === 'no ipsec')
    return notApplicable(NAME, 'there is no ipsec command here, so no pluto to ask');
  if (answer.kind === 'no answer') {
    return notChecked(NAME, 'pluto does not answer', [
      { code: 'SM4007', labels: [], detail: `Which SArefs are in use, pluto does not say:\n${answer.why}` },
    ]);
  }
  const status = parsePlutoStatus({ name: 'ipsec auto --status', text: answer.text });
  if (status.diagnostics.length > 0)
    return notChecked(NAME, "pluto's status cannot be read", status.diagnostics);
  const findConn = finderIn(tableOfStatus(status));
  const ofConns = plan.entries.filter(({ decision }) => decision.kind !== 'socket');
  const diagnostics = ofConns.flatMap((entry) => complaints(entry, findConn));
  const isAlive = !diagnostics.some(isError);
  const text = isAlive ? 'those of the policy are in use' : 'not all of those of the policy are in use';
  return checkOf({ name: NAME, text, diagnostics: [...diagnostics, ...checkStatus(status)] });
}

function complaints({ conn, sarefs, origin }: PlannedEntry, findConn: FindConn): Diagnostic[] {
  const { isKnown, live } = findConn(conn);
  const about = (code: Code, text: string): Diagnostic[] => [
    { code, labels: [{ span: origin, text }], help: 'see what pluto says:\nipsec auto --status' },
  ];
  if (sarefs === 'down')
    return live.length === 0 ? [] : about('SM4013', `counts as down, and is up by ${namesOf(live)}`);
  const marked = `its packets are marked with SAref ${String(sarefs.refhim)}`;
  if (!isKnown) return about('SM4009', `${marked}, and pluto knows no such conn`);
  if (live.length === 0) return about('SM4009', `${marked}, and pluto has no SA for it`);
  return live.some(({ refhim }) => refhim?.value === sarefs.refhim)
    ? []
    : about('SM4009', `${marked}, and pluto sends by ${namesOf(live)}`);
}

function namesOf(live: readonly TableLine[]): string {
  return live.map(({ refhim }) => `SAref ${String(refhim?.value)}`).join(', ');
}
