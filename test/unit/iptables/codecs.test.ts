import assert from 'node:assert/strict';
import type { Codec } from '../../../src/iptables/codecs.ts';
import {
  addressTypes,
  bareName,
  markToMatch,
  markToSet,
  network,
  portList,
  portRange,
  text,
} from '../../../src/iptables/codecs.ts';

/** Word, value and word as it is printed; without the last, it is printed as it was read. */
type Vector<T> = readonly [string, T, string?];

function itReads<T>(codec: Codec<T>, vectors: readonly Vector<T>[]): void {
  for (const [word, value, printed = word] of vectors) {
    it(`reads ${JSON.stringify(word)} and prints ${JSON.stringify(printed)}`, () => {
      assert.deepEqual(codec.read(word), value);
      assert.equal(codec.print(value), printed);
    });
  }
}

function itRefuses(codec: Codec<unknown>, words: readonly string[]): void {
  for (const word of words) {
    it(`refuses ${JSON.stringify(word)}`, () => {
      assert.equal(codec.read(word), undefined);
    });
  }
}

describe('text', () => {
  // words come without their quotes
  itReads(text, [
    ['lab', 'lab'],
    ['', '', '""'],
    ['a b', 'a b', '"a b"'],
  ]);
});

describe('bareName', () => {
  itReads(
    bareName,
    ['eth0', 'eth+', 'a:b', 'ppp.1@x', '!', "it's", '\xc3\xa0'].map((name) => [name, name]),
  );
  itRefuses(bareName, ['', 'a b', 'a\tb', 'a\nb', 'a"b']);
});

describe('network', () => {
  itReads(network, [
    ['10.9.1.0/24', { address: 0x0a090100, prefix: 24 }],
    ['10.9.1.1/32', { address: 0x0a090101, prefix: 32 }],
    ['10.9.1.1', { address: 0x0a090101, prefix: 32 }, '10.9.1.1/32'],
    // printed behind ! alone
    ['0.0.0.0/0', { address: 0, prefix: 0 }],
  ]);
  // 10.0.0.0/255.0.255.0 is a mask with holes: a Cidr cannot hold it
  itRefuses(network, ['10.9.1.1/24', '10.0.0.0/255.0.255.0', 'localhost', '::1/128']);
});

describe('markToMatch', () => {
  itReads(markToMatch, [
    ['0x1', { value: 1, mask: 0xffffffff }],
    ['0x0/0x80000000', { value: 0, mask: 0x80000000 }],
    ['0x80010000/0xffff0000', { value: 0x80010000, mask: 0xffff0000 }],
    // value bits outside of the mask: printed as given, and never matched
    ['0x1ff/0xff', { value: 0x1ff, mask: 0xff }],
    ['0x1/0x0', { value: 1, mask: 0 }],
    ['0x1/0xffffffff', { value: 1, mask: 0xffffffff }, '0x1'],
    ['10', { value: 10, mask: 0xffffffff }, '0xa'],
    ['0XFF/0XFF', { value: 255, mask: 255 }, '0xff/0xff'],
    // a leading 0 is octal to strtoul
    ['010/017', { value: 8, mask: 15 }, '0x8/0xf'],
    ['00', { value: 0, mask: 0xffffffff }, '0x0'],
    ['4294967295', { value: 0xffffffff, mask: 0xffffffff }, '0xffffffff'],
  ]);
  itRefuses(markToMatch, [
    '',
    '/',
    '1/',
    '/1',
    '0x',
    '1/0x',
    '1/2/3',
    '-1',
    '08',
    '1e3',
    'what',
    '0xg',
    ' 1',
  ]);
  itRefuses(markToMatch, ['0x100000000', '4294967296', '0/0x100000000', '040000000000']);
});

describe('markToSet', () => {
  itReads(markToSet, [
    ['0x80010000/0xffff0000', { value: 0x80010000, mask: 0xffff0000 }],
    ['0x1/0xffffffff', { value: 1, mask: 0xffffffff }],
    ['0x1/0x0', { value: 1, mask: 0 }],
    ['1', { value: 1, mask: 0xffffffff }, '0x1/0xffffffff'],
  ]);
  itRefuses(markToSet, ['', '1/', '0x1/0x100000000']);
});

describe('portRange', () => {
  itReads(portRange, [
    ['500', { first: 500, last: 500 }],
    ['0:1024', { first: 0, last: 1024 }],
    ['80:80', { first: 80, last: 80 }, '80'],
  ]);
  itRefuses(portRange, ['', ':', '1024:', ':1024', '2:1', '1-2', 'isakmp']);
});

describe('portList', () => {
  itReads(portList, [
    ['500', [{ first: 500, last: 500 }]],
    // in whatever order: the kernel keeps it
    [
      '443,80,1000:1999',
      [
        { first: 443, last: 443 },
        { first: 80, last: 80 },
        { first: 1000, last: 1999 },
      ],
    ],
  ]);
  itRefuses(portList, ['', ',', '500,', ',500', '500,what', '500;4500']);
});

describe('addressTypes', () => {
  itReads(addressTypes, [
    ['LOCAL', ['LOCAL']],
    ['LOCAL,BROADCAST', ['LOCAL', 'BROADCAST']],
    ['UNSPEC,XRESOLVE', ['UNSPEC', 'XRESOLVE']],
  ]);
  itRefuses(addressTypes, ['', 'local', 'LOCAL,', 'LOCAL,ELSEWHERE', 'LOCAL BROADCAST']);
});
