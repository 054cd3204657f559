import assert from 'node:assert/strict';
import fc from 'fast-check';
import { containsAddress, networkAt } from '../../../src/domain/cidr.ts';
import { networksIn } from '../../../src/domain/network-index.ts';

const ADDRESSES = [0, 0x0a000000, 0x0a000001, 0x0a000100, 0x80000000, 0xffffffff];

const anyNetwork = fc
  .tuple(fc.constantFrom(...ADDRESSES), fc.constantFrom(0, 1, 8, 23, 24, 31, 32))
  .map(([address, prefix]) => networkAt(address, prefix));

describe('networksIn', () => {
  it('finds the first network that an address is in, and none where it is in none', () => {
    const met = { some: 0, none: 0 };
    const property = fc.property(fc.array(anyNetwork, { maxLength: 8 }), (networks) => {
      const placeOf = networksIn(networks);
      for (const address of ADDRESSES) {
        const place = networks.findIndex((network) => containsAddress(network, address));
        met[place === -1 ? 'none' : 'some'] += 1;
        assert.equal(placeOf(address), place === -1 ? undefined : place);
      }
    });
    fc.assert(property);
    assert.ok(met.some > 100 && met.none > 100, JSON.stringify(met));
  });
});
