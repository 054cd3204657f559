import type { Step } from '../../src/delta/step.ts';

/** A command per line; of a restore its script, between lines of its own. */
export function printSteps(steps: readonly Step[]): string {
  return steps.map(printStep).join('');
}

function printStep(step: Step): string {
  switch (step.tool) {
    case 'iptables-restore':
      return `iptables-restore <<END\n${step.script}END\n`;
    case 'ipset':
      return `ipset restore <<END\n${step.script}END\n`;
    case 'ip':
      return `ip ${step.args.join(' ')}\n`;
    case 'sysctl':
      return `sysctl ${step.key}=${step.on ? '1' : '0'}\n`;
    case 'conntrack':
      return step.filters.map((filter) => `conntrack -D ${filter.join(' ')}\n`).join('');
    default:
      return step satisfies never;
  }
}
