import assert from 'node:assert/strict';
import { portMatches } from '../../../src/lower/ports.ts';

function sizes(...ranges: readonly (readonly [number, number])[]): number[] {
  const matches = portMatches(
    'dports',
    ranges.map(([first, last]) => ({ first, last })),
  );
  return matches.map((match) => (match.kind === 'multiport' ? (match.options.dports?.value.length ?? 0) : 0));
}

describe('portMatches', () => {
  const one = [7, 7] as const;
  const range = [7, 8] as const;

  it('has no match for no ports', () => {
    assert.deepEqual(sizes(), []);
  });

  it('puts fifteen ports into a match', () => {
    assert.deepEqual(sizes(...Array<typeof one>(15).fill(one)), [15]);
    assert.deepEqual(sizes(...Array<typeof one>(31).fill(one)), [15, 15, 1]);
  });

  it('counts a range twice', () => {
    assert.deepEqual(sizes(...Array<typeof range>(7).fill(range), one), [8]);
    assert.deepEqual(sizes(...Array<typeof range>(8).fill(range)), [7, 1]);
    assert.deepEqual(sizes(...Array<typeof one>(14).fill(one), range), [14, 1]);
  });
});
