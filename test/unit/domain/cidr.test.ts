import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Cidr } from '../../../src/domain/cidr.ts';
import {
  addressText,
  cidrText,
  containsAddress,
  lastAddressOf,
  overlaps,
  toCidr,
} from '../../../src/domain/cidr.ts';

function cidr(text: string): Cidr {
  const reading = toCidr(text);
  assert.equal(reading.kind, 'cidr', text);
  return reading.cidr;
}

const anyCidr = fc
  .record({ address: fc.integer({ min: 0, max: 0xffffffff }), prefix: fc.integer({ min: 0, max: 32 }) })
  .map(({ address, prefix }): Cidr => ({ address: address - (address % 2 ** (32 - prefix)), prefix }));

describe('toCidr', () => {
  const networks: readonly (readonly [string, Cidr])[] = [
    ['192.168.0.0/24', { address: 0xc0a80000, prefix: 24 }],
    ['0.0.0.0/0', { address: 0, prefix: 0 }],
    ['128.0.0.0/1', { address: 0x80000000, prefix: 1 }],
    ['255.255.255.254/31', { address: 0xfffffffe, prefix: 31 }],
    ['255.255.255.255/32', { address: 0xffffffff, prefix: 32 }],
  ];
  for (const [text, expected] of networks) {
    it(`reads ${text}`, () => {
      assert.deepEqual(toCidr(text), { kind: 'cidr', cidr: expected });
    });
  }

  it('reads one address without a prefix length', () => {
    assert.deepEqual(cidr('10.9.1.1'), { address: 0x0a090101, prefix: 32 });
  });

  it('reads back what cidrText writes', () => {
    fc.assert(
      fc.property(anyCidr, (network) => {
        assert.deepEqual(toCidr(cidrText(network)), { kind: 'cidr', cidr: network });
      }),
    );
  });

  const withHostBits = [
    ['192.168.0.1/24', '192.168.0.0/24'],
    ['255.255.255.255/31', '255.255.255.254/31'],
    ['0.0.0.1/0', '0.0.0.0/0'],
    ['128.0.0.0/0', '0.0.0.0/0'],
  ] as const;
  for (const [text, meant] of withHostBits) {
    it(`finds host bits in ${text} and the network ${meant}`, () => {
      const reading = toCidr(text);
      assert.equal(reading.kind, 'host-bits');
      assert.equal(cidrText(reading.cidr), meant);
    });
  }

  function assertBad(texts: readonly string[], reason: RegExp): void {
    for (const text of texts) {
      it(`refuses ${JSON.stringify(text)}`, () => {
        const reading = toCidr(text);
        assert.equal(reading.kind, 'bad');
        assert.match(reading.reason, reason);
      });
    }
  }

  assertBad(
    ['', '/24', '10.0.0', '10.0.0.0.0', '10..0.0', '10.0.0.256', '10.0.0.1000', '1e1.0.0.0', '+1.0.0.0'],
    /is not an IPv4 network/,
  );
  assertBad(
    ['example.com', '10.0.0.x/24', ' 10.0.0.0/8', '10.0.0.0 ', '10.-0.0.0'],
    /is not an IPv4 network/,
  );
  // octal to some, decimal to others
  assertBad(['010.0.0.0/8', '10.0.0.00'], /is not an IPv4 network/);
  assertBad(['10.0.0.0/', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/-1'], /prefix length/);
  assertBad(['10.0.0.0/8/8', '10.0.0.0/255.0.0.0', '10.0.0.0/8 '], /prefix length/);
  assertBad(['::1', 'fe80::/10', '::ffff:10.0.0.1/128', ':'], /IPv6/);
});

describe('addressText and cidrText', () => {
  it('print four octets and always the prefix length, as iptables-save does', () => {
    assert.equal(addressText(0xffffffff), '255.255.255.255');
    assert.equal(addressText(0x800a00ff), '128.10.0.255');
    assert.equal(cidrText({ address: 0x0a090101, prefix: 32 }), '10.9.1.1/32');
    assert.equal(cidrText({ address: 0, prefix: 0 }), '0.0.0.0/0');
  });
});

describe('lastAddressOf', () => {
  const vectors = [
    ['10.9.1.0/24', '10.9.1.255'],
    ['10.9.1.1/32', '10.9.1.1'],
    ['0.0.0.0/0', '255.255.255.255'],
    ['128.0.0.0/1', '255.255.255.255'],
    ['0.0.0.0/1', '127.255.255.255'],
  ] as const;
  for (const [network, last] of vectors) {
    it(`of ${network} is ${last}`, () => {
      assert.equal(addressText(lastAddressOf(cidr(network))), last);
    });
  }
});

describe('containsAddress', () => {
  it('holds for all from the first to the last address, and for no other', () => {
    fc.assert(
      fc.property(anyCidr, fc.integer({ min: -2, max: 2 }), fc.boolean(), (network, beside, atEnd) => {
        const last = lastAddressOf(network);
        const address = (atEnd ? last : network.address) + beside;
        fc.pre(address >= 0 && address <= 0xffffffff);
        assert.equal(containsAddress(network, address), address >= network.address && address <= last);
      }),
    );
  });

  it('holds for every address in 0.0.0.0/0', () => {
    for (const address of [0, 0x7fffffff, 0x80000000, 0xffffffff]) {
      assert.equal(containsAddress({ address: 0, prefix: 0 }, address), true);
    }
  });
});

describe('overlaps', () => {
  it('holds exactly for networks with an address in common', () => {
    // near each other, or two networks would next to never overlap
    const near = fc
      .record({ offset: fc.integer({ min: 0, max: 15 }), prefix: fc.integer({ min: 27, max: 32 }) })
      .map(({ offset, prefix }): Cidr => {
        const address = 0xfffffff0 + offset;
        return { address: address - (address % 2 ** (32 - prefix)), prefix };
      });
    fc.assert(
      fc.property(near, near, (one, other) => {
        const common =
          Math.max(one.address, other.address) <= Math.min(lastAddressOf(one), lastAddressOf(other));
        assert.equal(overlaps(one, other), common);
        assert.equal(overlaps(other, one), common);
      }),
    );
  });

  it('holds for any network and 0.0.0.0/0', () => {
    assert.equal(overlaps(cidr('0.0.0.0/0'), cidr('255.255.255.255')), true);
    assert.equal(overlaps(cidr('10.9.1.1'), cidr('0.0.0.0/0')), true);
  });
});
