import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Cidr } from '../../../src/domain/cidr.ts';
import { inFrontOf, matchesIn, overlapsIn } from '../../../src/domain/overlap-index.ts';
import type { Packet } from '../../../src/domain/packet.ts';
import type { Selector } from '../../../src/domain/selector.ts';
import { commonOf, matchesSelector } from '../../../src/domain/selector.ts';

const BASES = [0, 0x0a000000, 0x0a000100, 0x0a0001ff, 0xc0a80000, 0xffffffff];

/** They nest, and share their first or last address. */
const anyNetwork: fc.Arbitrary<Cidr> = fc
  .tuple(fc.constantFrom(...BASES), fc.constantFrom(0, 1, 8, 16, 23, 24, 25, 31, 32))
  .map(([base, prefix]) => ({ address: Math.floor(base / 2 ** (32 - prefix)) * 2 ** (32 - prefix), prefix }));

const anySide = fc.option(fc.array(anyNetwork, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 3 });

const anyPorts = fc.option(
  fc.array(
    fc.constantFrom(
      ...[0, 53, 1000].flatMap((first) => [first, 1500, 65_535].map((last) => ({ first, last }))),
    ),
    { minLength: 1, maxLength: 6 },
  ),
  { nil: undefined },
);

const anySelector: fc.Arbitrary<Selector> = fc.record({
  src: anySide,
  dst: anySide,
  protocol: fc.constantFrom(undefined, undefined, 6, 17),
  sport: anyPorts,
  dport: anyPorts,
  inInterface: fc.constantFrom(undefined, undefined, '', 'eth0', 'eth1'),
  dscp: fc.constantFrom(undefined, undefined, undefined, 0, 46),
  uid: fc.constantFrom(undefined, undefined, undefined, undefined, 0, 1000),
  gid: fc.constantFrom(undefined, undefined, undefined, undefined, 0, 1000),
  cgroup: fc.constantFrom(undefined, undefined, undefined, 'a', 'a/b', 'b'),
});

describe('overlapsIn', () => {
  it('finds exactly those that have a packet in common, in their order', () => {
    let found = 0;
    const property = fc.property(fc.array(anySelector, { maxLength: 30 }), anySelector, (selectors, one) => {
      const all = selectors.flatMap((other, place) => (commonOf(other, one) === undefined ? [] : [place]));
      found += all.length;
      assert.deepEqual([...overlapsIn(selectors)(one)], all);
    });
    fc.assert(property, { numRuns: 500 });
    assert.ok(found > 500);
  });
});

const anyPacket: fc.Arbitrary<Packet> = fc
  .record({
    ends: fc.tuple(fc.constantFrom(...BASES), fc.constantFrom(...BASES)),
    ports: fc.constantFrom({}, { sport: 53, dport: 53 }, { sport: 1600, dport: 0 }),
    arrival: fc.constantFrom({}, { inInterface: 'eth0' }, { inInterface: 'eth9' }),
    beside: fc.constantFrom<Partial<Packet>>({}, { dscp: 46 }, { uid: 0, gid: 1000, cgroup: 'a/b' }),
    protocol: fc.constantFrom(1, 6, 17),
  })
  .map(({ ends: [src, dst], ports, arrival, beside, protocol }) => ({
    ...{ hook: 'inInterface' in arrival ? 'PREROUTING' : 'OUTPUT', src, dst, protocol },
    ...{ ...ports, ...arrival, ...beside },
    ...{ srcIsLocal: false, dstIsLocal: false, nfmark: 0, ctmark: 0 },
  }));

describe('matchesIn', () => {
  it('finds exactly those that match a packet, in their order', () => {
    let found = 0;
    const lists = fc.array(anySelector, { maxLength: 30, size: 'max' });
    const property = fc.property(
      lists,
      fc.array(anyPacket, { maxLength: 20, size: 'max' }),
      (selectors, packets) => {
        const matching = matchesIn(selectors);
        for (const packet of packets) {
          const all = selectors.flatMap((one, place) => (matchesSelector(one, packet) ? [place] : []));
          found += all.length;
          assert.deepEqual([...matching(packet)], all);
        }
      },
    );
    fc.assert(property, { numRuns: 500 });
    assert.ok(found > 500, String(found));
  });
});

describe('inFrontOf', () => {
  const places = [1, 3, 5, 8];

  it('gives the places in front of another, all or some', () => {
    assert.deepEqual(inFrontOf(places, 5), [1, 3]);
    assert.deepEqual(inFrontOf(places, 100), places);
    assert.deepEqual(inFrontOf(places, 100, 1), [1]);
  });
});
