import assert from 'node:assert/strict';
import { isError } from '../../src/diagnostics/diagnostic.ts';
import type { LayoutWish } from '../../src/lower/choose-layout.ts';
import type { Layout } from '../../src/lower/layout.ts';
import type { Compiled } from '../../src/pipeline.ts';
import { compilePolicy, readPolicy } from '../../src/pipeline.ts';

/** A policy without errors; it may have warnings. */
export function compiledOf(text: string, name = 'policy.yaml', wish: Partial<LayoutWish> = {}): Compiled {
  const { compiled, diagnostics } = compilePolicy(readPolicy({ name, text }), undefined, wish);
  assert.deepEqual(diagnostics.filter(isError), [], text);
  assert.ok(compiled);
  return compiled;
}

/** A policy without errors, though there may be warnings. */
export function soundOf(text: string, wish?: Partial<LayoutWish>): Compiled {
  return compiledOf(text, 'policy.yaml', wish);
}

/** In which even two entries are worth a set, and three a tree. */
const CHEAP = { rule: 100, jump: 1, set: 150, chainsForRule: 10 };

export function laidOut(layout: Layout): LayoutWish {
  return { layout, hasSets: true, costs: CHEAP };
}
