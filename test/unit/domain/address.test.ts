import assert from 'node:assert/strict';
import {
  cidrOf,
  hostText,
  isEverything,
  maskedOf,
  maskedText,
  matchesMasked,
  toMasked,
} from '../../../src/domain/address.ts';
import { cidrText } from '../../../src/domain/cidr.ts';
import { address, network } from '../../support/addresses.ts';

describe('an address with a mask', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['10.1.2.3', '10.1.2.3/32'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['10.1.2.3/24', '10.1.2.0/24'],
    ['10.1.2.3/255.255.255.0', '10.1.2.0/24'],
    ['10.1.2.3/255.0.255.0', '10.0.2.0/255.0.255.0'],
    ['255.255.255.255/1', '128.0.0.0/1'],
    ['10/8', '10.0.0.0/8'],
    ['10.1', '10.1.0.0/32'],
    ['10.1.2/24', '10.1.2.0/24'],
    ['10.1.2.3/0', '0.0.0.0/0'],
    ['host.example/0', '0.0.0.0/0'],
    ['10.1.2.3/0.0.0.0', '0.0.0.0/0'],
    ['::1', '::1/128'],
    ['2001:DB8::A/64', '2001:db8::/64'],
    ['2001:db8::a/ffff::ff', '2001::a/ffff::ff'],
    ['::/0', '::/0'],
    ['ffff::/1', '8000::/1'],
    ['::ffff:10.1.2.3', '::ffff:10.1.2.3/128'],
  ];
  for (const [typed, saved] of cases) {
    it(`is printed as ${saved} where ${typed} is typed`, () => {
      assert.equal(maskedText(network(typed)), saved);
      assert.deepEqual(network(saved), network(typed));
    });
  }

  for (const text of [
    ...[
      '',
      '10.1.2.3/33',
      '10.1.2.3/',
      '10.1.2.3/08',
      '10.1.2.3/010',
      '10.1.2.3/8/8',
      '10.1.2.3/x',
      '10.1.2.256',
    ],
    ...[
      '010.1.2.3',
      '1.2.3.4.5',
      '10..2.3',
      'host.example',
      '::1/129',
      '::1/x',
      '::1/',
      '::g',
      '::1/1.2.3.4',
      '/8',
    ],
  ]) {
    it(`is not read from ${JSON.stringify(text)}`, () => {
      assert.equal(toMasked(text), undefined);
    });
  }

  it('is printed without its mask where it is one host', () => {
    assert.equal(hostText(network('10.1.2.3')), '10.1.2.3');
    assert.equal(hostText(network('10.1.2.3/31')), '10.1.2.2/31');
    assert.equal(hostText(network('fe80::1')), 'fe80::1');
    assert.equal(hostText(network('fe80::1/127')), 'fe80::/127');
  });

  it('is everything with an empty mask, in either family', () => {
    assert.equal(isEverything(network('10.0.0.0/0')), true);
    assert.equal(isEverything(network('::/0')), true);
    assert.equal(isEverything(network('0.0.0.0/1')), false);
    assert.equal(isEverything(network('::')), false);
  });

  it('matches the addresses that are alike under the mask', () => {
    const matches = (one: string, other: string): boolean => matchesMasked(address(one), network(other));
    assert.equal(matches('255.1.2.3', '255.1.0.0/16'), true);
    assert.equal(matches('255.2.2.3', '255.1.0.0/16'), false);
    assert.equal(matches('10.77.2.3', '10.1.2.3/255.0.255.0'), true);
    assert.equal(matches('10.77.3.3', '10.1.2.3/255.0.255.0'), false);
    assert.equal(matches('10.1.2.3', '::/0'), false);
  });

  it('is made from an address and a prefix length', () => {
    assert.deepEqual(maskedOf({ address: address('10.1.0.0'), prefix: 16 }), network('10.1.0.0/16'));
  });
});

describe('cidrOf', () => {
  it('is the network of a mask that is a prefix, and of no other', () => {
    const text = (typed: string): string | undefined => {
      const masked = toMasked(typed);
      const network = masked && cidrOf(masked);
      return network && cidrText(network);
    };
    for (const typed of ['10.9.0.0/16', '0.0.0.0/0', '255.255.255.255/32']) assert.equal(text(typed), typed);
    assert.equal(text('10.0.9.0/255.0.255.0'), undefined);
    assert.equal(text('2001:db8::/32'), undefined);
  });
});
