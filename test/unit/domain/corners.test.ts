import assert from 'node:assert/strict';
import { cornersOf } from '../../../src/domain/corners.ts';
import { TCP } from '../../../src/domain/protocol.ts';
import type { Selector } from '../../../src/domain/selector.ts';
import { commonOf } from '../../../src/domain/selector.ts';
import { isCovered } from '../../../src/domain/witness.ts';

describe('cornersOf', () => {
  const selectors: readonly Selector[] = [
    {},
    { protocol: TCP },
    { protocol: TCP, sport: [{ first: 1, last: 9 }], dport: [{ first: 80, last: 80 }], dscp: 46 },
    {
      src: [{ address: 0x0a000000, prefix: 24 }],
      dst: [{ address: 0xc0a80000, prefix: 16 }],
      inInterface: 'eth0',
    },
    { uid: 0, gid: 0, cgroup: 'a', inInterface: '' },
  ];

  it('gives packets that the selector matches', () => {
    for (const selector of selectors)
      for (const corner of cornersOf(selector)) assert.ok(commonOf(selector, corner));
  });

  it('gives single packets: who matches a part of one matches all of it', () => {
    const [low, high] = cornersOf({ protocol: TCP });
    assert.ok(isCovered(low, [{ src: [{ address: 0, prefix: 32 }] }]));
    assert.ok(isCovered(high, [{ dst: [{ address: 0xffffffff, prefix: 32 }] }]));
    assert.equal(isCovered(low, [{ uid: 0 }]), false);
  });
});
