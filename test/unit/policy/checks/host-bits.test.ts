import assert from 'node:assert/strict';
import { checkHostBits } from '../../../../src/policy/checks/host-bits.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

describe('checkHostBits', () => {
  it('refuses a host that is written as a network, and names both', () => {
    const diagnostics = checkHostBits(
      policyOf(`version: 1
sarefs: { a: 1 }
entries:
  - { conn: a, src: 10.9.1.1/24, dst: 192.168.0.0/24 }
  - { conn: a, src: 10.9.1.1/32, dst: 192.168.0.255/31 }
  - { conn: a, src: 10.9.1.1, dst: nonsense }
`),
    );
    assert.deepEqual(diagnostics.map(wordsOf), [
      'SM1402 10.9.1.1/24: names a host inside 10.9.1.0/24',
      'SM1402 192.168.0.255/31: names a host inside 192.168.0.254/31',
    ]);
    assert.equal(
      diagnostics[0]?.help,
      'for the network write 10.9.1.0/24, for the host a prefix length of 32',
    );
  });
});
