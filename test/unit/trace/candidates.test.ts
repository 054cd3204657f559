import assert from 'node:assert/strict';
import fc from 'fast-check';
import { candidatesOf } from '../../../src/trace/candidates.ts';
import { matchesRule } from '../../../src/trace/match.ts';
import { hostOf } from '../../support/hosts.ts';
import { forwarded } from '../../support/packets.ts';

const RULES = [
  '-s 10.9.1.0/24 -d 192.168.0.0/24',
  '-d 192.168.0.0/24',
  '-s 10.9.1.0/24',
  '! -s 10.9.1.0/24 -d 192.168.0.0/16',
  '-s 10.9.2.0/24 ! -d 192.168.0.0/24',
  '-p udp',
  '-s 10.0.9.1/255.0.255.255',
  '-d 192.168.0.0/24 -j DROP',
  '--no-such-option',
  '-s 10.9.1.0/24 -d 192.168.0.0/24 -j ACCEPT',
];

const ADDRESSES = ['10.9.1.1', '10.9.2.1', '10.1.9.1', '192.168.0.1', '192.168.7.1', '8.8.8.8'];

describe('candidatesOf', () => {
  it('has each rule that may match, in its order, and leaves out others', () => {
    const mangle = RULES.map((rule) => `-A PREROUTING ${rule}`).join('\n');
    const rules = hostOf({ mangle }).tables.mangle.chains.get('PREROUTING')?.rules ?? [];
    const end = fc.constantFrom(...ADDRESSES);
    let left = 0;
    fc.assert(
      fc.property(end, end, (src, dst) => {
        const packet = forwarded({ src, dst });
        const sighting = { packet, nfmark: 0, ctmark: 0, inInterface: 'eth1', outInterface: '' };
        const places = candidatesOf(rules, packet);
        assert.deepEqual(
          places,
          places.toSorted((one, other) => one - other),
        );
        rules.forEach(({ rule }, place) => {
          assert.ok(matchesRule(rule, sighting) === 'no' || places.includes(place));
        });
        left += rules.length - places.length;
      }),
    );
    assert.ok(left > 0);
  });

  it('has none of a chain without rules', () => {
    assert.deepEqual(candidatesOf([], forwarded()), []);
  });

  it('takes a rule for an IPv6 network for one that it cannot rule out', () => {
    const mangle = '-A PREROUTING -s 2001:db8::/32 -j DROP';
    const rules = hostOf({ mangle }).tables.mangle.chains.get('PREROUTING')?.rules ?? [];
    assert.deepEqual(candidatesOf(rules, forwarded()), [0]);
  });
});
