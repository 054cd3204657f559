import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Clause } from '../../../src/plan/clauses.ts';
import { differing } from '../../../src/plan/differing.ts';

function clause(protocol: number): Clause {
  const outcome = protocol === 0 ? undefined : { conn: 'a', nfmark: 0x80010000, origin: undefined };
  return { selector: { protocol }, outcome };
}

function numbers(clauses: readonly Clause[]): (number | undefined)[] {
  return clauses.map(({ selector }) => selector.protocol);
}

function between(old: readonly number[], next: readonly number[]): [unknown, unknown] {
  const { gone, come } = differing(old.map(clause), next.map(clause));
  return [numbers(gone), numbers(come)];
}

describe('the clauses that differ between two lists', () => {
  it('are none where they are the same', () => {
    assert.deepEqual(between([0, 1, 2, 1], [0, 1, 2, 1]), [[], []]);
  });

  it('are those alone that go, come, or move', () => {
    assert.deepEqual(between([1, 2, 3, 4], [1, 3, 5, 4]), [[2], [5]]);
    assert.deepEqual(between([1, 2, 3, 4, 5], [5, 1, 2, 3, 4]), [[5], [5]]);
    assert.deepEqual(between([1, 1], [1]), [[1], []]);
  });

  it('leave the same list on both sides when they are taken away', () => {
    const list = fc.array(fc.nat({ max: 6 }), { maxLength: 12 });
    fc.assert(
      fc.property(list, list, (old, next) => {
        const [before, after] = [old.map(clause), next.map(clause)];
        const { gone, come } = differing(before, after);
        assert.deepEqual(
          numbers(before.filter((one) => !gone.includes(one))),
          numbers(after.filter((one) => !come.includes(one))),
        );
      }),
    );
  });

  it('are told from what has another outcome', () => {
    const other: Clause = {
      selector: { protocol: 1 },
      outcome: { conn: 'b', nfmark: 0x80010000, origin: undefined },
    };
    assert.deepEqual(differing([clause(1)], [other]), { gone: [clause(1)], come: [other] });
  });
});
