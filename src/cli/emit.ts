import type { Step } from '../delta/step.ts';
import { placeOf } from '../diagnostics/source.ts';
import type { Span } from '../diagnostics/source.ts';
import { decoded } from '../domain/decoded.ts';
import { TABLE_NAMES } from '../host/state.ts';
import { printTable } from '../iptables/table.ts';
import type { Compiled } from '../pipeline.ts';
import type { Policy } from '../policy/policy.ts';
import type { BackendName } from '../system/backend.ts';
import { stepsText } from './step-text.ts';

/** The stages of the pipeline that can be printed. */
export type Emission = 'policy' | 'plan' | 'rules' | 'script' | 'sets' | 'routing';

export interface Stages {
  readonly policy: Policy;
  readonly compiled: Compiled;
  /** Those of a host with nothing of ours. */
  readonly steps: readonly Step[];
  readonly backend: BackendName | 'auto';
}

export async function emit(stage: Emission, { policy, compiled, steps, backend }: Stages): Promise<string> {
  switch (stage) {
    case 'policy':
      return json(policy);
    case 'plan':
      return json(compiled.plan);
    case 'rules':
      return TABLE_NAMES.map((name) => compiled.host.tables[name])
        .filter(({ chains }) => chains.size > 0)
        .map((table) => decoded(printTable(table)))
        .join('');
    case 'script':
      return steps.map((step) => (step.tool === 'iptables-restore' ? decoded(step.script) : '')).join('');
    case 'sets':
      return steps.map((step) => (step.tool === 'ipset' ? decoded(step.script) : '')).join('');
    case 'routing':
      return stepsText(
        steps.filter(({ tool }) => tool !== 'iptables-restore' && tool !== 'ipset'),
        backend,
      );
    default:
      return stage satisfies never;
  }
}

/** With places as text instead of spans, which hold the whole file. */
function json(value: unknown): string {
  const place = (_key: string, part: unknown): unknown => (isSpan(part) ? placeOf(part) : part);
  return `${JSON.stringify(value, place, 2)}\n`;
}

function isSpan(part: unknown): part is Span {
  return typeof part === 'object' && part !== null && 'source' in part && 'start' in part && 'end' in part;
}
