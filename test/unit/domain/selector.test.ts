import assert from 'node:assert/strict';
import type { Packet } from '../../../src/domain/packet.ts';
import type { Selector } from '../../../src/domain/selector.ts';
import { MADE_HERE, matchesSelector } from '../../../src/domain/selector.ts';
import { cidr } from '../../support/addresses.ts';
import { forwarded, packet, withoutPorts } from '../../support/packets.ts';

const BRANCH = [cidr('10.9.1.0/24'), cidr('10.9.4.0/24')];
const HIGH = [
  { first: 500, last: 500 },
  { first: 1000, last: 1999 },
];

describe('matchesSelector', () => {
  const cases: readonly (readonly [string, Selector, Packet, boolean])[] = [
    ['takes every packet without parts', {}, packet(), true],
    ['takes one of the networks of src', { src: BRANCH }, packet({ src: '10.9.4.255' }), true],
    ['asks for one of the networks of src', { src: BRANCH }, packet({ src: '10.9.2.0' }), false],
    ['takes one of the networks of dst', { dst: BRANCH }, packet({ dst: '10.9.1.0' }), true],
    ['asks for one of the networks of dst', { dst: BRANCH }, packet({ dst: '10.9.3.255' }), false],
    [
      'asks for both sides',
      { src: BRANCH, dst: BRANCH },
      packet({ src: '10.9.1.1', dst: '10.9.9.9' }),
      false,
    ],
    ['asks for the protocol', { protocol: 6 }, packet({ protocol: 17 }), false],
    ['takes the protocol', { protocol: 17 }, packet({ protocol: 17 }), true],
    ['takes a port at the end of a range', { sport: HIGH }, packet({ sport: 1999 }), true],
    ['asks for a port of the list', { sport: HIGH }, packet({ sport: 2000 }), false],
    ['takes a destination port', { dport: HIGH }, packet({ dport: 500 }), true],
    ['asks for a destination port', { dport: HIGH }, packet({ dport: 501 }), false],
    ['takes no packet without ports for a list of them', { dport: HIGH }, withoutPorts(packet()), false],
    ['takes the input interface', { inInterface: 'eth1' }, forwarded({ inInterface: 'eth1' }), true],
    ['asks for the input interface', { inInterface: 'eth1' }, forwarded({ inInterface: 'eth10' }), false],
    ['takes no packet of this host for an interface', { inInterface: 'eth1' }, packet(), false],
    ['takes packets of this host alone where it is asked to', { inInterface: MADE_HERE }, packet(), true],
    ['knows a forwarded packet from one of this host', { inInterface: MADE_HERE }, forwarded(), false],
  ];
  for (const [title, selector, one, matched] of cases) {
    it(title, () => {
      assert.equal(matchesSelector(selector, one), matched);
    });
  }
});
