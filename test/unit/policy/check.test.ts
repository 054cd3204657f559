import assert from 'node:assert/strict';
import { checkPolicy } from '../../../src/policy/check.ts';
import { policyOf } from '../../support/parsed.ts';

describe('checkPolicy', () => {
  it('runs every check, whatever the others find', () => {
    const policy = policyOf(`version: 1
sarefs: { a: 0 }
entries:
  - { conn: a, dst: 192.168.0.0/24 }
  - { conn: b, dst: 192.168.0.0/24 }
  - { conn: a, dst: 192.168.0.0/33 }
  - { conn: a, dst: 192.168.0.1/24 }
  - { conn: ${'x'.repeat(256)}, dst: 192.168.1.0/24 }
`);
    const codes = new Set(checkPolicy(policy).map(({ code }) => code));
    assert.deepEqual([...codes].sort(), ['SM1201', 'SM1301', 'SM1302', 'SM1303', 'SM1401', 'SM1402']);
  });

  it('has nothing to say about a policy of no entries', () => {
    assert.deepEqual(checkPolicy(policyOf('version: 1\nsarefs: {}\nentries: []\n')), []);
  });
});
