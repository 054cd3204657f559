import assert from 'node:assert/strict';
import { bareName, setLookup, text } from '../../../../src/iptables/codecs/text.ts';
import { itReads } from '../../../support/it-reads.ts';

describe('codecs of names', () => {
  itReads('read any text, and quote it where need be', text, [
    ['foo', 'foo'],
    ['', '""'],
    ['a b', '"a b"'],
  ]);

  itReads('read names that need no quotes', bareName, [
    ['eth0', 'eth0'],
    ['ppp+', 'ppp+'],
    ['veth1@if2', 'veth1@if2'],
    ['a b', undefined],
    ['a"b', undefined],
    ['', undefined],
  ]);

  it('say of names that quotes around them are part of them', () => {
    assert.equal(bareName.isBare, true);
    assert.equal(text.isBare, undefined);
  });

  itReads('read a set and what to look up in it', setLookup, [
    ['lab src', 'lab src'],
    ['lab dst,src,src', 'lab dst,src,src'],
    ['lab SRC', undefined],
    ['lab src,', undefined],
    ['lab', undefined],
    ['a"b src', undefined],
  ]);
});
