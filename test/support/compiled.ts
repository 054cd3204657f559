import assert from 'node:assert/strict';
import type { Compiled } from '../../src/pipeline.ts';
import { compilePolicy, readPolicy } from '../../src/pipeline.ts';

/** A policy that has nothing wrong with it. */
export function compiledOf(text: string, name = 'policy.yaml'): Compiled {
  const { compiled, diagnostics } = compilePolicy(readPolicy({ name, text }));
  assert.deepEqual(diagnostics, [], text);
  assert.ok(compiled);
  return compiled;
}
