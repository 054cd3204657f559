import assert from 'node:assert/strict';
import { isSameSet, markingSet } from '../../../src/host/ip-set.ts';
import type { IpSet } from '../../../src/host/ip-set.ts';
import { elementText, parseSets, printSets } from '../../../src/host/ip-set-text.ts';

/** As ipset 7.17 prints them, in an order of its own. */
const SAVED = `create SAREF-SET-1 hash:net family inet hashsize 1024 maxelem 65536 comment skbinfo bucketsize 12 initval 0x5946d002
add SAREF-SET-1 192.168.0.0/16 comment "a b\\c 'd'" skbmark 0x80010000/0xffff0000
add SAREF-SET-1 10.0.0.6 nomatch skbmark 0x5
add SAREF-SET-1 10.0.0.5 comment "#x"
create others hash:net family inet hashsize 1024 maxelem 65536 timeout 5 counters bucketsize 12 initval 0x59c97d0b
add others 1.2.3.0/24 timeout 99 packets 3 bytes 0
create ports bitmap:port range 1-5 skbinfo
create six hash:net family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval 0x28c25fc3
add six ::/1
create list list:set size 8
add list others
`;

function setsOf(text: string): ReadonlyMap<string, IpSet> {
  const sets = parseSets(text);
  assert.ok(sets);
  return sets;
}

function setOf(text: string): IpSet {
  const [set] = setsOf(text).values();
  assert.ok(set);
  return set;
}

describe('the text of ipset save', () => {
  it('is read, whatever its order, and printed in one order', () => {
    assert.deepEqual(printSets(setsOf(SAVED)), [
      'create SAREF-SET-1 hash:net comment family inet skbinfo maxelem 65536',
      'add SAREF-SET-1 10.0.0.5 comment "#x"',
      'add SAREF-SET-1 10.0.0.6 nomatch skbmark 0x5',
      'add SAREF-SET-1 192.168.0.0/16 comment "a b\\c \'d\'" skbmark 0x80010000/0xffff0000',
      'create list list:set size 8',
      'add list others',
      'create others hash:net counters family inet timeout 5 maxelem 65536',
      'add others 1.2.3.0/24 timeout 99 packets 3 bytes 0',
      'create ports bitmap:port range 1-5 skbinfo',
      'create six hash:net family inet maxelem 65536'.replace('inet ', 'inet6 '),
      'add six ::/1',
    ]);
  });

  it('is read again as it is printed', () => {
    const sets = setsOf(SAVED);
    assert.deepEqual(printSets(setsOf(printSets(sets).join('\n'))), printSets(sets));
  });

  it('says what an element does', () => {
    const [wide, hidden] = [...setOf(SAVED).elements.values()];
    assert.deepEqual(wide, {
      entry: '192.168.0.0/16',
      mark: { value: 0x80010000, mask: 0xffff0000 },
      isExcluded: false,
      comment: "a b\\c 'd'",
      others: '',
      origin: undefined,
    });
    assert.deepEqual([hidden?.isExcluded, hidden?.mark], [true, { value: 5, mask: 0xffffffff }]);
    assert.equal(hidden && elementText(hidden), '10.0.0.6 nomatch skbmark 0x5');
  });

  it('takes an option that it does not know', () => {
    assert.match(setOf('create s hash:net odd 5 new').options, /new/);
  });

  it('takes an address for the network of its own', () => {
    const set = setOf('create s hash:net\nadd s 10.0.0.1/32\n');
    assert.deepEqual([...set.elements.keys()], ['10.0.0.1']);
  });

  for (const text of [
    'Name: x\n',
    'add s 10.0.0.0/8\n',
    'create s\n',
    'create s hash:net\nadd t 10.0.0.0/8\n',
  ])
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.equal(parseSets(text), undefined);
    });
});

describe('two sets', () => {
  const saved =
    'create s hash:net family inet comment skbinfo\nadd s 10.0.0.0/8 comment "a" skbmark 0x80010000/0xffff0000\n';

  it('are the same whatever the kernel made of their memory', () => {
    const other = saved.replace('skbinfo', 'skbinfo hashsize 4096 initval 0x1 maxelem 131072');
    assert.ok(isSameSet(setOf(saved), setOf(other)));
  });

  const changes = [
    ['type', 'hash:net', 'hash:ip'],
    ['skbinfo', ' skbinfo', ''],
    ['timeout', 'skbinfo', 'skbinfo timeout 5'],
    ['networks', '10.0.0.0/8', '11.0.0.0/8'],
    ['comment', '"a"', '"b"'],
    ['mark', '0x80010000', '0x80020000'],
    ['mask', '/0xffff0000', ''],
    ['any mark', ' skbmark 0x80010000/0xffff0000', ''],
    ['nomatch', '/8 comment', '/8 nomatch comment'],
    ['queue', '0xffff0000', '0xffff0000 skbqueue 3'],
    ['number of elements', 'add s', 'add s 1.1.1.1\nadd s'],
  ] as const;
  for (const [what, from, to] of changes) {
    it(`are not the same with another ${what}`, () => {
      const other = setOf(saved.replace(from, to));
      assert.ok(!isSameSet(setOf(saved), other));
      assert.ok(!isSameSet(other, setOf(saved)));
    });
  }

  it('have room for all that they are made of', () => {
    const elements = Array.from({ length: 70_000 }, (_, at) => ({
      ...{ entry: String(at), mark: undefined, isExcluded: false },
      ...{ comment: undefined, others: '', origin: undefined },
    }));
    assert.equal(markingSet(elements).room, 131_072);
    assert.equal(markingSet([]).room, 65_536);
  });
});
