import assert from 'node:assert/strict';
import { isError } from '../../src/diagnostics/diagnostic.ts';
import type { Compiled } from '../../src/pipeline.ts';
import { compilePolicy, readPolicy } from '../../src/pipeline.ts';

/** A policy without errors; it may have warnings. */
export function compiledOf(text: string, name = 'policy.yaml'): Compiled {
  const { compiled, diagnostics } = compilePolicy(readPolicy({ name, text }));
  assert.deepEqual(diagnostics.filter(isError), [], text);
  assert.ok(compiled);
  return compiled;
}

/** A policy without errors, though there may be warnings. */
export function soundOf(text: string): Compiled {
  const { compiled, diagnostics } = compilePolicy(readPolicy({ name: 'policy.yaml', text }));
  assert.deepEqual(diagnostics.filter(isError), [], text);
  assert.ok(compiled);
  return compiled;
}
