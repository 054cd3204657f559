import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HostState } from '../../src/host/state.ts';
import { liftTable } from '../../src/lower/lift.ts';
import { lowerPlan } from '../../src/lower/lower.ts';
import { clausesOf } from '../../src/plan/clauses.ts';
import { compareClauses } from '../../src/plan/compare.ts';
import { decide } from '../../src/plan/decide.ts';
import { trace } from '../../src/trace/trace.ts';
import { laidOut } from '../support/compiled.ts';
import { anyLongPlan, FAR_ADDRESSES } from '../support/layout-plans.ts';
import { forwarded } from '../support/packets.ts';
import { remark } from '../support/reading.ts';

const PACKETS = FAR_ADDRESSES.flatMap((dst) =>
  [0x0a000000, 0xc0a80001].flatMap((src) =>
    [6, 17].flatMap((protocol) => [0, 46].map((dscp) => ({ ...forwarded({ protocol, dscp }), src, dst }))),
  ),
);

describe('a layout of the entries', function () {
  this.timeout(120_000);

  for (const layout of ['rules', 'tree', 'sets'] as const) {
    it(`gives each packet the mark that the policy says: ${layout}`, () => {
      const met = { chains: 0, elements: 0 };
      const property = fc.property(anyLongPlan(), (plan) => {
        const { host } = lowerPlan(plan, laidOut(layout));
        met.chains += [...host.tables.mangle.chains.keys()].filter((name) =>
          /^SAREF-E[0-9]/.test(name),
        ).length;
        for (const { elements } of host.sets.values()) met.elements += elements.size;
        for (const packet of PACKETS) {
          const { nfmark, doubts } = trace(host, packet);
          assert.deepEqual([nfmark, doubts], [decide(plan, packet).nfmark, []]);
        }
      });
      fc.assert(property, { numRuns: 300 });
      remark(`${layout}: ${String(met.chains)} chains, ${String(met.elements)} elements`);
      assert.equal(met.chains > 1000, layout === 'tree');
      assert.equal(met.elements > 1000, layout === 'sets');
    });

    it(`can be read back: ${layout}`, () => {
      const property = fc.property(anyLongPlan(), (plan) => {
        const { tables, sets }: HostState = lowerPlan(plan, laidOut(layout)).host;
        const { clauses, unread } = liftTable(tables.mangle, sets);
        assert.deepEqual(unread, []);
        assert.deepEqual(compareClauses(clauses, clausesOf(plan)), []);
      });
      fc.assert(property, { numRuns: 60 });
    });
  }
});
