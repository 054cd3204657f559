import assert from 'node:assert/strict';
import { networksOf, sidesIn } from '../../../src/policy/sides.ts';
import { policyOf, textOf } from '../../support/parsed.ts';

const POLICY = policyOf(`version: 1
networks: { branch: [10.9.1.0/24, nonsense], lab: 172.20.0.0/16 }
defaults: { src: [branch, 10.9.8.0/24] }
entries:
  - { conn: a, dst: [lab, 10.9.2.0/24] }
  - { conn: a, dst: 10.9.2 }
  - { conn: a, src: 10.9.3.0/24, dst: elsewhere }
`);

describe('sidesIn', () => {
  it('has every item of a src or dst once, defaults too', () => {
    assert.deepEqual(
      sidesIn(POLICY).map(({ span, value }) => `${textOf(span)} ${value.kind}`),
      [
        'branch name',
        '10.9.8.0/24 network',
        'lab name',
        '10.9.2.0/24 network',
        '10.9.2 network',
        '10.9.3.0/24 network',
        'elsewhere unknown name',
      ],
    );
  });
});

describe('networksOf', () => {
  it('has every network that is written as one, those with a name first', () => {
    assert.deepEqual(
      networksOf(POLICY).map(({ span, value }) => `${textOf(span)} ${value.kind}`),
      [
        '10.9.1.0/24 cidr',
        'nonsense bad',
        '172.20.0.0/16 cidr',
        '10.9.8.0/24 cidr',
        '10.9.2.0/24 cidr',
        '10.9.2 bad',
        '10.9.3.0/24 cidr',
      ],
    );
  });
});
