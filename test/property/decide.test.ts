import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matchesSelector } from '../../src/domain/selector.ts';
import { firstMatch } from '../../src/plan/first-match.ts';
import { onwardEntriesOf, outwardEntriesOf } from '../../src/plan/onward.ts';
import { anyLongOnwardPlan, FAR_ADDRESSES } from '../support/layout-plans.ts';
import { forwarded } from '../support/packets.ts';

const PACKETS = FAR_ADDRESSES.flatMap((dst) =>
  [6, 17].flatMap((protocol) =>
    ['eth1', 'mast0'].map((inInterface) => ({ ...forwarded({ protocol, inInterface }), dst })),
  ),
);

describe('the first entry that matches a packet', function () {
  this.timeout(60_000);

  it('is the same by the index of a long list as by asking each', () => {
    const met = { few: 0, many: 0, none: 0 };
    const property = fc.property(anyLongOnwardPlan(), (plan) => {
      for (const entries of [onwardEntriesOf(plan), outwardEntriesOf(plan)]) {
        for (const packet of PACKETS) {
          const first = entries.find(({ selector }) => matchesSelector(selector, packet));
          assert.equal(firstMatch(entries, packet), first);
          met[first === undefined ? 'none' : entries.length > 20 ? 'many' : 'few'] += 1;
        }
      }
    });
    fc.assert(property, { numRuns: 300 });
    assert.ok(Math.min(...Object.values(met)) > 500, JSON.stringify(met));
  });
});
