import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Cidr } from '../../../src/domain/cidr.ts';
import { overlapsIn } from '../../../src/domain/overlap-index.ts';
import type { Selector } from '../../../src/domain/selector.ts';
import { commonOf } from '../../../src/domain/selector.ts';

const BASES = [0, 0x0a000000, 0x0a000100, 0x0a0001ff, 0xc0a80000, 0xffffffff];

/** They nest, and share their first or last address. */
const anyNetwork: fc.Arbitrary<Cidr> = fc
  .tuple(fc.constantFrom(...BASES), fc.constantFrom(0, 1, 8, 16, 23, 24, 25, 31, 32))
  .map(([base, prefix]) => ({ address: Math.floor(base / 2 ** (32 - prefix)) * 2 ** (32 - prefix), prefix }));

const anySide = fc.option(fc.array(anyNetwork, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 3 });

const anySelector: fc.Arbitrary<Selector> = fc.record({
  src: anySide,
  dst: anySide,
  protocol: fc.constantFrom(undefined, 6, 17),
});

describe('overlapsIn', () => {
  it('finds exactly those that have a packet in common, in their order', () => {
    let found = 0;
    const property = fc.property(fc.array(anySelector, { maxLength: 30 }), anySelector, (selectors, one) => {
      const all = selectors.flatMap((other, place) => (commonOf(other, one) === undefined ? [] : [place]));
      found += all.length;
      assert.deepEqual(overlapsIn(selectors)(one), all);
    });
    fc.assert(property, { numRuns: 500 });
    assert.ok(found > 500);
  });
});
