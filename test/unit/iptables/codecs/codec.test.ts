import assert from 'node:assert/strict';
import { flag, listOf, oneOf, oneWord, setOf, typedAs } from '../../../../src/iptables/codecs/codec.ts';
import { itReads } from '../../../support/it-reads.ts';

describe('codecs of words', () => {
  const letter = oneWord(
    (word) => (/^[a-z]$/.test(word) ? word : undefined),
    (value) => value,
  );

  itReads('read a list in its own order, each of its items', listOf(letter), [
    ['a', 'a'],
    ['b,a,b', 'b,a,b'],
    ['a,,b', undefined],
    ['a,B', undefined],
    ['', undefined],
  ]);

  itReads('read a list with another separator', listOf(letter, ':'), [
    ['a:b', 'a:b'],
    ['a,b', undefined],
  ]);

  itReads('read a set in any case and order, and print it in one', setOf(['NEW', 'related', 'DNAT']), [
    ['new', 'NEW'],
    ['DNAT,Related,NEW', 'NEW,related,DNAT'],
    ['NEW,NEW', 'NEW'],
    ['NEW,', undefined],
    ['OLD', undefined],
    ['', undefined],
  ]);

  itReads('read one word of a few in any case', oneOf(['ORIGINAL', 'reply']), [
    ['original', 'ORIGINAL'],
    ['REPLY', 'reply'],
    ['', undefined],
    ['both', undefined],
  ]);

  itReads('read a flag that takes no word', flag, [['', '']]);

  itReads(
    'read the same value typed in another way',
    typedAs(letter, (word) => word.at(0)),
    [
      ['abc', 'a'],
      ['', undefined],
    ],
  );

  it('say how many words they take', () => {
    assert.deepEqual([flag.words, letter.words, typedAs(flag, () => true).words], [0, 1, 1]);
  });
});
