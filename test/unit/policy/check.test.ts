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
  - { conn: a }
  - { conn: a, saref: 2148663296, dst: nowhere }
  - { conn: a, dst: 192.168.0.7 }
  - { conn: a, proto: tpc, dst: 192.168.2.0/24, dport: 65536 }
  - { conn: a, proto: esp, dst: 192.168.3.0/24, dport: 7 }
  - { conn: c, dst: 192.168.0.0/16 }
  - { conn: d, proto: ah, src: 10.9.1.1 }
  - { conn: e, src: 10.9.1.2 }
`);
    const codes = new Set(checkPolicy(policy).map(({ code }) => code));
    assert.deepEqual([...codes].sort(), [
      ...['SM1201', 'SM1202', 'SM1302', 'SM1303', 'SM1304', 'SM1305'],
      ...['SM1401', 'SM1402', 'SM1403', 'SM1404', 'SM1405', 'SM1406'],
      ...['SM1501', 'SM1502', 'SM1503'],
    ]);
  });

  it('has nothing to say about a policy of no entries', () => {
    assert.deepEqual(checkPolicy(policyOf('version: 1\nsarefs: {}\nentries: []\n')), []);
  });
});
