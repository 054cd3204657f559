import assert from 'node:assert/strict';
import fc from 'fast-check';
import { networkAt } from '../../src/domain/cidr.ts';
import type { Cidr } from '../../src/domain/cidr.ts';
import { toSaref, markOf } from '../../src/domain/saref.ts';
import type { Selector } from '../../src/domain/selector.ts';
import type { HostState } from '../../src/host/state.ts';
import { liftTable } from '../../src/lower/lift.ts';
import { lowerPlan } from '../../src/lower/lower.ts';
import { clausesOf } from '../../src/plan/clauses.ts';
import { compareClauses } from '../../src/plan/compare.ts';
import { decide } from '../../src/plan/decide.ts';
import type { MarkPlan, PlannedEntry } from '../../src/plan/plan.ts';
import { trace } from '../../src/trace/trace.ts';
import { laidOut } from '../support/compiled.ts';
import { forwarded } from '../support/packets.ts';
import { remark } from '../support/reading.ts';

/** Few addresses in a wide space, so that networks of all sizes nest, touch and are apart. */
const ADDRESSES = [
  0x0a000000, 0x0a000001, 0x0a000100, 0x0a010000, 0x0a800000, 0x7fffffff, 0x80000000, 0xc0a80001,
];
const PREFIXES = [0, 1, 8, 9, 16, 23, 24, 31, 32];

function anyNetwork(): fc.Arbitrary<Cidr> {
  return fc
    .tuple(fc.constantFrom(...ADDRESSES), fc.constantFrom(...PREFIXES))
    .map(([address, prefix]) => networkAt(address, prefix));
}

/** Few shapes, so that many entries in a row have the same. */
function anySelector(): fc.Arbitrary<Selector> {
  const networks = fc.array(anyNetwork(), { minLength: 1, maxLength: 3 });
  const plain = fc.record({ dst: networks });
  const odd = fc.record(
    {
      dst: networks,
      src: fc.oneof(fc.constant([networkAt(0x0a000000, 8)]), networks),
      protocol: fc.constantFrom(6, 17),
      dscp: fc.constant(46),
    },
    { requiredKeys: [] },
  );
  return fc.oneof({ weight: 3, arbitrary: plain }, { weight: 1, arbitrary: odd });
}

const PLACE = { source: { name: 'policy.yaml', text: '' }, start: 0, end: 0 };

function entryOf(selector: Selector, index: number): PlannedEntry {
  const refhim = toSaref((index % 5) + 1);
  assert.ok(refhim);
  return {
    conn: `c${String(refhim)}`,
    sarefs: { refhim, ref: undefined },
    selector,
    mapsTo: undefined,
    over: undefined,
    decision: { kind: 'mark', mark: markOf(refhim) },
    description: undefined,
    contact: undefined,
    origin: { ...PLACE, start: index },
  };
}

function planOf(selectors: readonly Selector[]): MarkPlan {
  return {
    ...{ tracking: 'packet', interface: 'mast0', table: 50, ikePorts: [500] },
    ...{ inbound: undefined, protect: [], unprotected: [], outerPeers: [] },
    entries: selectors.map(entryOf),
  };
}

const PACKETS = ADDRESSES.flatMap((dst) =>
  [0x0a000000, 0xc0a80001].flatMap((src) =>
    [6, 17].flatMap((protocol) => [0, 46].map((dscp) => ({ ...forwarded({ protocol, dscp }), src, dst }))),
  ),
);

describe('a layout of the entries', function () {
  this.timeout(120_000);

  const anyPlan = fc.array(anySelector(), { minLength: 1, maxLength: 30, size: 'max' }).map(planOf);

  for (const layout of ['rules', 'tree', 'sets'] as const) {
    it(`gives each packet the mark that the policy says: ${layout}`, () => {
      const met = { chains: 0, elements: 0 };
      const property = fc.property(anyPlan, (plan) => {
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
      const property = fc.property(anyPlan, (plan) => {
        const { tables, sets }: HostState = lowerPlan(plan, laidOut(layout)).host;
        const { clauses, unread } = liftTable(tables.mangle, sets);
        assert.deepEqual(unread, []);
        assert.deepEqual(compareClauses(clauses, clausesOf(plan)), []);
      });
      fc.assert(property, { numRuns: 60 });
    });
  }
});
