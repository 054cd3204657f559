import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Cidr } from '../../src/domain/cidr.ts';
import { networkAt } from '../../src/domain/cidr.ts';
import { markOf, toSaref } from '../../src/domain/saref.ts';
import type { Selector } from '../../src/domain/selector.ts';
import type { MarkPlan, PlannedEntry } from '../../src/plan/plan.ts';

/** Few addresses in a wide space, so that networks of all sizes nest, touch and are apart. */
export const FAR_ADDRESSES = [
  0x0a000000, 0x0a000001, 0x0a000100, 0x0a010000, 0x0a800000, 0x7effffff, 0x80000000, 0xc0a80001,
];
const PREFIXES = [0, 1, 8, 9, 16, 23, 24, 31, 32];

function anyNetwork(): fc.Arbitrary<Cidr> {
  return fc
    .tuple(fc.constantFrom(...FAR_ADDRESSES), fc.constantFrom(...PREFIXES))
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
  const udp = fc.record({ dst: networks, protocol: fc.constant(17) });
  return fc.oneof(
    { weight: 4, arbitrary: plain },
    { weight: 3, arbitrary: udp },
    { weight: 2, arbitrary: odd },
  );
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

/** Entries in a row, those too that no packet gets to: what no check has looked at. */
export function anyLongPlan(selector = anySelector()): fc.Arbitrary<MarkPlan> {
  return fc.array(selector, { minLength: 1, maxLength: 30, size: 'max' }).map((selectors) => ({
    ...{ tracking: 'packet', interface: 'mast0', table: 50, ikePorts: [500] },
    ...{ inbound: undefined, protect: [], unprotected: [], outerPeers: [] },
    entries: selectors.map(entryOf),
  }));
}

/** The same for what mast has decapsulated, among entries for everything; or all of them for both. */
export function anyLongOnwardPlan(): fc.Arbitrary<MarkPlan> {
  const inInterface = fc.constantFrom('mast0', 'mast0', 'mast0', undefined);
  const mixed = fc
    .tuple(anySelector(), inInterface)
    .map(([one, device]): Selector => ({ ...one, inInterface: device }));
  const both = anyLongPlan().map(({ entries, ...plan }): MarkPlan => {
    const onward = entries.map((entry) => ({
      ...entry,
      selector: { ...entry.selector, inInterface: 'mast0' },
    }));
    return { ...plan, entries: [...onward, ...entries] };
  });
  return fc.oneof(anyLongPlan(mixed), both);
}
