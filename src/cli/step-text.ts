import { runStep } from '../apply/run-step.ts';
import type { Step } from '../delta/step.ts';
import type { BackendName } from '../system/backend.ts';
import { backendTools } from '../system/backend.ts';
import { narrated } from '../system/execute.ts';
import { hostTools } from '../system/host-tools.ts';

/**
 * Steps as commands that one could type: told by the very code that runs them, and not run.
 *
 * @param name `auto` is what the host calls iptables, whichever that is
 */
export async function stepsText(
  steps: readonly Step[],
  name: BackendName | 'auto' = 'auto',
): Promise<string> {
  const told: string[] = [];
  const execute = narrated(
    () => Promise.resolve({ exitCode: 0, stdout: '', stderr: '' }),
    (text) => told.push(text),
  );
  const backend = { name: 'legacy', version: '', ...backendTools(name) } as const;
  const tools = hostTools(execute, { backend, waitSeconds: 10 });
  for (const step of steps) await runStep(tools, step);
  return told.join('');
}
