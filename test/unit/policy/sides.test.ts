import assert from 'node:assert/strict';
import { networksOf } from '../../../src/policy/sides.ts';
import { policyOf, textOf } from '../../support/parsed.ts';

describe('networksOf', () => {
  it('has every network that is written, in order', () => {
    const policy = policyOf(`version: 1
sarefs: {}
entries:
  - { conn: a, dst: 10.9.2.0/24, src: 10.9.1.0/24 }
  - { conn: a, dst: nonsense }
  - { conn: a, src: 10.9.3.0/24 }
`);
    assert.deepEqual(
      networksOf(policy).map(({ span }) => textOf(span)),
      ['10.9.1.0/24', '10.9.2.0/24', 'nonsense', '10.9.3.0/24'],
    );
  });
});
