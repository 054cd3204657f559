import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HostState } from '../../src/host/state.ts';
import { liftTable } from '../../src/lower/lift.ts';
import { lowerPlan } from '../../src/lower/lower.ts';
import { decisionsOf } from '../../src/plan/clauses.ts';
import { compareClauses } from '../../src/plan/compare.ts';
import { decide } from '../../src/plan/decide.ts';
import { trace } from '../../src/trace/trace.ts';
import { laidOut } from '../support/compiled.ts';
import { anyLongOnwardPlan, anyLongPlan, FAR_ADDRESSES } from '../support/layout-plans.ts';
import { forwarded } from '../support/packets.ts';
import { remark } from '../support/reading.ts';

const PACKETS = FAR_ADDRESSES.flatMap((dst) =>
  [0x0a000000, 0xc0a80001].flatMap((src) =>
    [6, 17].flatMap((protocol) => [0, 46].map((dscp) => ({ ...forwarded({ protocol, dscp }), src, dst }))),
  ),
);

/** By mast, from one client to another, and one for which no SA was known. */
const DECAPSULATED = PACKETS.flatMap((packet) =>
  [0x80150004, 0].map((nfmark) => ({ ...packet, inInterface: 'mast0', nfmark })),
);

const KINDS = [
  { what: 'packet', plans: anyLongPlan(), packets: PACKETS, chains: /^SAREF-E[0-9]/ },
  {
    what: 'packet from client to client',
    plans: anyLongOnwardPlan(),
    packets: DECAPSULATED,
    chains: /^SAREF-[OB][0-9]/,
  },
];

describe('a layout of the entries', function () {
  this.timeout(120_000);

  for (const layout of ['rules', 'tree', 'sets'] as const) {
    for (const { what, plans, packets, chains } of KINDS) {
      it(`gives each ${what} the mark that the policy says: ${layout}`, () => {
        const met = { chains: 0, elements: 0 };
        const property = fc.property(plans, (plan) => {
          const { host } = lowerPlan(plan, laidOut(layout));
          met.chains += [...host.tables.mangle.chains.keys()].filter((name) => chains.test(name)).length;
          for (const { elements } of host.sets.values()) met.elements += elements.size;
          for (const packet of packets) {
            const { nfmark, doubts } = trace(host, packet);
            assert.deepEqual([nfmark, doubts], [decide(plan, packet).nfmark, []]);
          }
        });
        fc.assert(property, { numRuns: 300 });
        remark(`${layout}: ${String(met.chains)} chains, ${String(met.elements)} elements`);
        assert.equal(met.chains > 500, layout === 'tree');
        assert.equal(met.elements > 1000, layout === 'sets');
      });

      it(`can be read back, for each ${what}: ${layout}`, () => {
        const property = fc.property(plans, (plan) => {
          const { tables, sets }: HostState = lowerPlan(plan, laidOut(layout)).host;
          const { clauses, onward, unread } = liftTable(tables.mangle, sets);
          const said = decisionsOf(plan);
          assert.deepEqual(unread, []);
          assert.deepEqual(compareClauses(clauses, said.clauses), []);
          assert.deepEqual(compareClauses(onward, said.onward), []);
        });
        fc.assert(property, { numRuns: 60 });
      });
    }
  }
});
