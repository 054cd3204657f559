import assert from 'node:assert/strict';
import { checkBadNetwork } from '../../../../src/policy/checks/bad-network.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

describe('checkBadNetwork', () => {
  it('refuses what is no IPv4 network, on both sides, and says why', () => {
    const policy = policyOf(`version: 1
sarefs: { a: 1 }
entries:
  - { conn: a, src: 10.9.1.0/33, dst: example.com }
  - { conn: a, src: 10.9.1.0/24, dst: 10.9.1.1/24 }
  - { conn: a, dst: "fe80::1" }
`);
    assert.deepEqual(checkBadNetwork(policy).map(wordsOf), [
      'SM1401 10.9.1.0/33: needs a prefix length of 0 to 32',
      'SM1401 example.com: is not an IPv4 network like 192.168.0.0/24',
      'SM1401 "fe80::1": is an IPv6 address; mast never carried IPv6',
    ]);
  });
});
