import assert from 'node:assert/strict';
import { activeEntriesOf } from '../../../src/plan/plan.ts';
import { compiledOf } from '../../support/compiled.ts';

describe('the active entries of a plan', () => {
  it('are those that mark or block, in their order', () => {
    const { plan } = compiledOf(`version: 1
sarefs: { up: 3, dead: down }
entries:
  - { conn: dead, dst: 192.168.1.0/24, down: skip }
  - { conn: up, dst: 192.168.2.0/24, down: skip }
  - { conn: dead, dst: 192.168.3.0/24, down: block }
  - { conn: up, dst: 192.168.4.0/24 }
`);
    assert.deepEqual(
      plan.entries.map(({ decision }) => decision.kind),
      ['skip', 'mark', 'block', 'mark'],
    );
    assert.deepEqual(activeEntriesOf(plan), plan.entries.slice(1));
  });
});
