import assert from 'node:assert/strict';
import { splitWords } from '../../../src/iptables/index.ts';
import { endsInQuote, quoteWord } from '../../../src/iptables/words.ts';

function textsOf(line: string): string[] {
  return splitWords(line).map(({ text }) => text);
}

describe('splitWords', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['splits at blanks, tabs and newlines', 'a b\tc\nd', ['a', 'b', 'c', 'd']],
    ['takes a run of blanks for one, and none for a word', '  a \t b  ', ['a', 'b']],
    ['finds no words in nothing', '', []],
    ['takes quotes off', '"a b"', ['a b']],
    ['finds an empty word between quotes', 'a "" b', ['a', '', 'b']],
    ['takes what is escaped between quotes as it is', '"say \\"hi\\" \\\\ \\n \\\'"', ['say "hi" \\ n \'']],
    ['keeps a backslash outside of quotes', 'a\\b\\ c', ['a\\b\\', 'c']],
    ['gives an apostrophe no meaning', "don't 'a b'", ["don't", "'a", "b'"]],
    ['opens a quote inside of a word', 'ab"c d"', ['abc d']],
    ['ends a word where its quote ends', '"a"-j b', ['a', '-j', 'b']],
    ['finds two words in two quotes', '"a""b"', ['a', 'b']],
    ['keeps a newline between quotes', '"a\nb" c', ['a\nb', 'c']],
    ['takes a quote that nothing closes to the end', 'a "b c', ['a', 'b c']],
    ['ends at a backslash that nothing follows', '"a\\', ['a\\']],
    ['has an option and what stands right behind it as one word', '--hex-string"|0d|"', ['--hex-string|0d|']],
    ['splits at no other byte', 'a\rb\x0bc\x0cd\xa0e', ['a\rb\x0bc\x0cd\xa0e']],
  ];
  for (const [title, line, texts] of cases) {
    it(title, () => {
      assert.deepEqual(textsOf(line), texts);
    });
  }

  it('knows which words were quoted, and how they stand in the line', () => {
    assert.deepEqual(splitWords('--comment "-j"x'), [
      { text: '--comment', quoted: false, raw: '--comment' },
      { text: '-j', quoted: true, raw: '"-j"' },
      { text: 'x', quoted: false, raw: 'x' },
    ]);
  });
});

describe('endsInQuote', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['a b', false],
    ['a "b', true],
    ['a "b"', false],
    ['a "b\\"', true],
    ['a "b\\\\"', false],
    ['a\\"b', true],
    ['"a" "b', true],
    ['"a\\', true],
  ];
  for (const [line, open] of cases) {
    it(`is ${String(open)} for ${line}`, () => {
      assert.equal(endsInQuote(line), open);
    });
  }

  it('goes on from the line before', () => {
    assert.equal(endsInQuote('b', true), true);
    assert.equal(endsInQuote('b" -j ACCEPT', true), false);
    assert.equal(endsInQuote('\\" -j ACCEPT', true), true);
  });
});

describe('quoteWord', () => {
  // what iptables-save 1.8.9 printed behind --comment
  const cases: readonly (readonly [string, string])[] = [
    ['foo', 'foo'],
    ['a-b_C9', 'a-b_C9'],
    ['--comment', '--comment'],
    ['', '""'],
    [' ', '" "'],
    ['a.b', '"a.b"'],
    ['a:b', '"a:b"'],
    ['!', '"!"'],
    ["don't", '"don\\\'t"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['back\\slash', '"back\\\\slash"'],
    ['tab\there', '"tab\there"'],
    ['\xc3\xa9', '"\xc3\xa9"'],
    ['\xff\xa0', '"\xff\xa0"'],
  ];
  for (const [text, word] of cases) {
    it(`writes ${JSON.stringify(text)} as iptables-save does`, () => {
      assert.equal(quoteWord(text), word);
    });
  }
});
