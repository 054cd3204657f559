import { runStep } from '../apply/run-step.ts';
import type { Step } from '../delta/step.ts';
import type { Backend } from '../system/backend.ts';
import { narrated } from '../system/execute.ts';
import { hostTools } from '../system/host-tools.ts';

/** What the host calls iptables, whichever it is. */
const HOSTS_OWN: Backend = {
  name: 'legacy',
  version: '',
  save: 'iptables-save',
  restore: 'iptables-restore',
};

/** Steps as commands that one could type: told by the very code that runs them, and not run. */
export async function stepsText(steps: readonly Step[]): Promise<string> {
  const told: string[] = [];
  const execute = narrated(
    () => Promise.resolve({ exitCode: 0, stdout: '', stderr: '' }),
    (text) => told.push(text),
  );
  const tools = hostTools(execute, { backend: HOSTS_OWN, waitSeconds: 10 });
  for (const step of steps) await runStep(tools, step);
  return told.join('');
}
