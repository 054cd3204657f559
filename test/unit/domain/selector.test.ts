import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Cidr } from '../../../src/domain/cidr.ts';
import { addressText, toCidr } from '../../../src/domain/cidr.ts';
import type { Ends, Selector } from '../../../src/domain/selector.ts';
import { matchesSelector, witnessOf } from '../../../src/domain/selector.ts';

function cidr(text: string): Cidr {
  const reading = toCidr(text);
  assert.equal(reading.kind, 'cidr', text);
  return reading.cidr;
}

/** `10.9.1.0/24 > 192.168.0.0/16`; `*` for a side that is left out. */
function selector(text: string): Selector {
  const [src, dst] = text.split(' > ').map((side) => (side === '*' ? undefined : cidr(side)));
  return { src, dst };
}

function ends(text: string): Ends {
  const [src = '', dst = ''] = text.split(' > ');
  return { src: cidr(src).address, dst: cidr(dst).address };
}

describe('matchesSelector', () => {
  it('asks for both sides', () => {
    const matched = (text: string): boolean =>
      matchesSelector(selector('10.9.1.0/24 > 10.9.2.1'), ends(text));
    assert.equal(matched('10.9.1.0 > 10.9.2.1'), true);
    assert.equal(matched('10.9.1.255 > 10.9.2.1'), true);
    assert.equal(matched('10.9.0.255 > 10.9.2.1'), false);
    assert.equal(matched('10.9.1.0 > 10.9.2.2'), false);
    assert.equal(matched('10.9.2.1 > 10.9.1.0'), false);
  });

  it('takes every address on a side that is left out', () => {
    assert.equal(matchesSelector({}, ends('255.255.255.255 > 0.0.0.0')), true);
    assert.equal(matchesSelector(selector('* > 10.9.2.1'), ends('1.2.3.4 > 10.9.2.1')), true);
    assert.equal(matchesSelector(selector('10.9.2.1 > *'), ends('1.2.3.4 > 10.9.2.1')), false);
  });
});

describe('witnessOf', () => {
  /** As `src > dst`. */
  function witness(text: string, ...taken: readonly string[]): string | undefined {
    const found = witnessOf(selector(text), taken.map(selector));
    return found && `${addressText(found.src)} > ${addressText(found.dst)}`;
  }

  it('avoids the address of the network where it can', () => {
    assert.equal(witness('10.9.1.0/24 > 10.9.2.0/24'), '10.9.1.1 > 10.9.2.1');
    assert.equal(witness('10.9.1.0/32 > 10.9.2.0/32'), '10.9.1.0 > 10.9.2.0');
  });

  it('finds what an entry in front leaves over', () => {
    assert.equal(witness('10.9.0.0/16 > *', '10.9.0.0/17 > *'), '10.9.128.1 > 0.0.0.1');
    assert.equal(witness('10.9.1.0/31 > 1.1.1.1', '10.9.1.1 > *'), '10.9.1.0 > 1.1.1.1');
  });

  it('finds the one pair that many entries leave over', () => {
    assert.equal(
      witness('10.9.1.0/30 > 10.9.2.0/31', '10.9.1.0/31 > *', '10.9.1.2 > *', '* > 10.9.2.0'),
      '10.9.1.3 > 10.9.2.1',
    );
  });

  it('finds nothing where one entry, or several together, take all', () => {
    assert.equal(witness('10.9.1.0/24 > 10.9.2.0/24', '10.9.0.0/16 > *'), undefined);
    assert.equal(witness('10.9.1.0/24 > *', '10.9.1.0/25 > *', '10.9.1.128/25 > *'), undefined);
    assert.equal(witness('* > *', '0.0.0.0/1 > *', '128.0.0.0/1 > 0.0.0.0/1', '* > 128.0.0.0/1'), undefined);
  });

  it('does not mind entries that are elsewhere', () => {
    assert.equal(witness('10.9.1.0/24 > 1.1.1.1', '10.9.0.0/24 > *', '* > 1.1.1.2'), '10.9.1.1 > 1.1.1.1');
  });

  it('finds no packet from an address to itself', () => {
    assert.equal(witness('10.9.1.1 > 10.9.1.1'), undefined);
    assert.equal(witness('10.9.1.0/24 > 10.9.1.0/24'), '10.9.1.0 > 10.9.1.1');
  });

  it('stays below the end of the address space', () => {
    assert.equal(witness('255.255.255.255 > 1.1.1.1'), '255.255.255.255 > 1.1.1.1');
    assert.equal(witness('255.255.255.254/31 > 1.1.1.1', '255.255.255.254/31 > *'), undefined);
  });

  it('is exact: finds a pair if and only if there is one', () => {
    const counts = { found: 0, none: 0 };
    const anyWorld = fc.constantFrom('10.9.1.0', '0.0.0.0', '255.255.255.240').chain((base) => {
      const first = cidr(base).address;
      const side = fc
        .record({ offset: fc.integer({ min: 0, max: 15 }), prefix: fc.integer({ min: 28, max: 32 }) })
        .map(({ offset, prefix }): Cidr => ({
          address: first + offset - (offset % 2 ** (32 - prefix)),
          prefix,
        }));
      // a side that is left out covers all of the world, so the boxes in front may leave it out
      const open = fc.option(side, { nil: undefined, freq: 4 });
      return fc.record({
        addresses: fc.constant(Array.from({ length: 16 }, (_, offset) => first + offset)),
        asked: fc.record({ src: side, dst: side }),
        taken: fc.array(fc.record({ src: open, dst: open }), { maxLength: 8 }),
      });
    });
    fc.assert(
      fc.property(anyWorld, ({ addresses, asked, taken }) => {
        const isLeft = (pair: Ends): boolean =>
          pair.src !== pair.dst &&
          matchesSelector(asked, pair) &&
          !taken.some((other) => matchesSelector(other, pair));
        const exists = addresses.some((src) => addresses.some((dst) => isLeft({ src, dst })));
        const found = witnessOf(asked, taken);
        assert.equal(found !== undefined, exists);
        if (found !== undefined) assert.ok(isLeft(found));
        counts[exists ? 'found' : 'none'] += 1;
      }),
      { numRuns: 3000 },
    );
    assert.ok(Math.min(counts.found, counts.none) > 300, JSON.stringify(counts));
  });
});
