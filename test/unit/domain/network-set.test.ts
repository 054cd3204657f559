import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Cidr } from '../../../src/domain/cidr.ts';
import { networkAt, overlaps } from '../../../src/domain/cidr.ts';
import { networkSet } from '../../../src/domain/network-set.ts';

/** Few addresses, so that networks of all sizes nest. */
const anyNetwork = fc
  .tuple(fc.constantFrom(0, 1, 2, 0x0a000000, 0x0a000100, 0x80000000, 0xffffffff), fc.nat({ max: 32 }))
  .map(([address, prefix]) => networkAt(address, prefix));

/** A network that is added, or one that is asked about. */
const anyUse = fc.record({ isAdded: fc.boolean(), network: anyNetwork });

describe('a set of networks', () => {
  it('holds what lies in one of them, and touches what has an address in common, at any time', () => {
    const met = { held: 0, touched: 0, apart: 0 };
    const property = fc.property(fc.array(anyUse, { size: 'max', maxLength: 40 }), (uses) => {
      const set = networkSet();
      const members: Cidr[] = [];
      for (const { isAdded, network } of uses) {
        if (isAdded) {
          set.add(network);
          members.push(network);
          continue;
        }
        const isHeld = members.some((one) => one.prefix <= network.prefix && overlaps(one, network));
        const isTouched = members.some((one) => overlaps(one, network));
        assert.deepEqual([set.holds(network), set.touches(network)], [isHeld, isTouched]);
        met[isHeld ? 'held' : isTouched ? 'touched' : 'apart'] += 1;
      }
    });
    fc.assert(property, { numRuns: 300 });
    assert.ok(Object.values(met).every((count) => count > 100));
  });
});
