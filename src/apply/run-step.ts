import type { Step } from '../delta/step.ts';
import type { HostTools } from '../system/host-tools.ts';

/** @throws CommandFailed of system/ */
export async function runStep(tools: HostTools, step: Step): Promise<void> {
  switch (step.tool) {
    case 'iptables-restore':
      await tools.restore(step.script);
      return;
    case 'ipset':
      await tools.sets.write(step.script);
      return;
    case 'ip':
      await tools.ip(step.args);
      return;
    case 'sysctl':
      await tools.setSysctl(step.key, step.on);
      return;
    case 'conntrack':
      await tools.flows.remove(step.filters);
      return;
    default:
      step satisfies never;
  }
}
