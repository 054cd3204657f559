import assert from 'node:assert/strict';
import { addressText, toAddress } from '../../../src/domain/cidr.ts';
import { ipv6Text, toIpv6 } from '../../../src/domain/ipv6.ts';

describe('an IPv6 address', () => {
  const cases: readonly (readonly [string, bigint, string])[] = [
    ['::', 0n, '::'],
    ['::1', 1n, '::1'],
    ['1::', 1n << 112n, '1::'],
    ['2001:DB8::00A', (0x20010db8n << 96n) | 10n, '2001:db8::a'],
    ['1:2:3:4:5:6:7:8', 0x00010002000300040005000600070008n, '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', 0x00010002000300040005000600070000n, '1:2:3:4:5:6:7:0'],
    ['0:0:1:0:0:0:1:0', 0x00000000000100000000000000010000n, '0:0:1::1:0'],
    ['0:0:1:0:0:1:1:1', 0x00000000000100000000000100010001n, '::1:0:0:1:1:1'],
    ['1:0:1:1:1:1:1:1', 0x00010000000100010001000100010001n, '1:0:1:1:1:1:1:1'],
    ['::ffff:10.1.2.3', 0xffff0a010203n, '::ffff:10.1.2.3'],
    ['::10.1.2.3', 0x0a010203n, '::10.1.2.3'],
    ['::1:0', 0x10000n, '::0.1.0.0'],
    ['64:ff9b::10.1.2.3', (0x0064ff9bn << 96n) | 0x0a010203n, '64:ff9b::a01:203'],
    ['1:2:3:4:5:6:10.1.2.3', 0x0001000200030004000500060a010203n, '1:2:3:4:5:6:a01:203'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', (1n << 128n) - 1n, 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ];
  for (const [typed, value, printed] of cases) {
    it(`is printed as ${printed} where ${typed} is typed`, () => {
      assert.equal(toIpv6(typed, toAddress), value);
      assert.equal(ipv6Text(value, addressText), printed);
      assert.equal(toIpv6(printed, toAddress), value);
    });
  }

  for (const text of [
    ...[
      '',
      ':',
      ':::',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      '1:2:3:4::5:6:7:8',
      '::g',
      '::12345',
    ],
    ...[
      ':1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:',
      '1.2.3.4',
      '1.2.3.4::1',
      '::1.2.3.4:1',
      '::1.2.3.256',
      '::-1',
      'g::1',
    ],
    ...['1:2:3:4:5:6:7:1.2.3.4', '::1::'],
  ]) {
    it(`is not read from ${JSON.stringify(text)}`, () => {
      assert.equal(toIpv6(text, toAddress), undefined);
    });
  }
});
