import assert from 'node:assert/strict';
import fc from 'fast-check';
import { liftTable } from '../../src/lower/lift.ts';
import { decisionsOf } from '../../src/plan/clauses.ts';
import { compareDecisions } from '../../src/plan/compare.ts';
import { compiledOf, laidOut } from '../support/compiled.ts';
import { anyPolicy } from '../support/policies.ts';
import { printPolicy } from '../support/written.ts';

describe('rules that are put into words again', function () {
  this.timeout(180_000);

  it('say what the policy says that they were compiled from', () => {
    const property = fc.property(anyPolicy(), (policy) => {
      for (const layout of ['rules', 'tree', 'sets'] as const) {
        const { plan, host } = compiledOf(printPolicy(policy), 'policy.yaml', laidOut(layout));
        const { unread, ...lifted } = liftTable(host.tables.mangle, host.sets);
        assert.deepEqual(unread, []);
        assert.deepEqual(compareDecisions(lifted, decisionsOf(plan)), []);
        assert.deepEqual(compareDecisions(decisionsOf(plan), lifted), []);
      }
    });
    fc.assert(property, { numRuns: 60 });
  });
});
