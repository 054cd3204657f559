import assert from 'node:assert/strict';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import type { Span } from '../../src/diagnostics/source.ts';
import type { SarefTable } from '../../src/plan/saref-table.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { Policy } from '../../src/policy/policy.ts';

/** A policy of the right shape, of whatever meaning. */
export function policyOf(text: string): Policy {
  const { policy, diagnostics } = parsePolicy({ name: 'policy.yaml', text });
  assert.deepEqual(diagnostics, []);
  assert.ok(policy);
  return policy;
}

/** The map of a policy as the table that it is. */
export function tableOf({ sarefs }: Policy): SarefTable {
  assert.notEqual(sarefs, 'pluto');
  return { kind: 'map', lines: sarefs === 'pluto' ? [] : sarefs };
}

export function textOf({ source, start, end }: Span): string {
  return source.text.slice(start, end);
}

/** `CODE underlined: label`, with ` / ` between the labels of one diagnostic. */
export function wordsOf({ code, labels }: Diagnostic): string {
  return `${code} ${labels.map(({ span, text }) => `${textOf(span)}: ${text}`).join(' / ')}`;
}
