import assert from 'node:assert/strict';
import { endsInQuote, inQuotes, isBareName, quoteWord, splitWords } from '../../../src/iptables/words.ts';

function textsOf(line: string): string[] {
  return splitWords(line).map(({ text }) => text);
}

describe('splitWords', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['takes blanks, tabs and newlines for separators', ' a  b\tc\nd ', ['a', 'b', 'c', 'd']],
    ['finds nothing in nothing', '', []],
    ['finds nothing in blanks', ' \t\n', []],
    ['takes quotes off', '"a b"', ['a b']],
    ['ends a word where its quote ends', '"a"-j', ['a', '-j']],
    ['opens a quote inside of a word', 'ab"c d"', ['abc d']],
    ['knows the empty word', '""', ['']],
    ['takes the byte behind a backslash for itself, in quotes', String.raw`"\"\\\x\n"`, ['"\\xn']],
    ['takes a backslash for a letter, outside of quotes', String.raw`a\ b\"c"`, ['a\\', 'b\\c']],
    ['takes an apostrophe for a letter', "'a b'", ["'a", "b'"]],
    ['runs to the end where nothing closes the quote', '-j "a b', ['-j', 'a b']],
    ['keeps a backslash at the very end', '"a\\', ['a\\']],
    ['keeps other white space', 'a\rb\fc\u00a0d', ['a\rb\fc\u00a0d']],
  ];
  for (const [title, line, words] of cases) {
    it(title, () => {
      assert.deepEqual(textsOf(line), words);
    });
  }

  it('says which words have quotes, and how they stand in the line', () => {
    assert.deepEqual(splitWords('-j "a b"c'), [
      { text: '-j', quoted: false, raw: '-j' },
      { text: 'a b', quoted: true, raw: '"a b"' },
      { text: 'c', quoted: false, raw: 'c' },
    ]);
  });
});

describe('endsInQuote', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['', false],
    ['a b', false],
    ['"a b"', false],
    ['"a b', true],
    ['"a" "b', true],
    ['"a" "b" c', false],
    [String.raw`"a\"`, true],
    [String.raw`"a\\"`, false],
    ['"a\\', true],
    [String.raw`a\"b"`, false],
    ['"', true],
  ];
  for (const [text, isOpen] of cases) {
    it(`says ${String(isOpen)} of ${JSON.stringify(text)}`, () => {
      assert.equal(endsInQuote(text), isOpen);
    });
  }
});

describe('quoteWord', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['foo', 'foo'],
    ['a-b_C9', 'a-b_C9'],
    ['--comment', '--comment'],
    ['', '""'],
    [' ', '" "'],
    ['a.b', '"a.b"'],
    ['a:b', '"a:b"'],
    ["don't", String.raw`"don\'t"`],
    ['say "hi"', String.raw`"say \"hi\""`],
    ['back\\slash', String.raw`"back\\slash"`],
    ['tab\there', '"tab\there"'],
    ['caf\xe9', '"caf\xe9"'],
    ['foo\n', '"foo\n"'],
  ];
  for (const [text, quoted] of cases) {
    it(`writes ${JSON.stringify(text)} as iptables-save does`, () => {
      assert.equal(quoteWord(text), quoted);
      assert.deepEqual(textsOf(quoted), [text]);
      assert.deepEqual(textsOf(inQuotes(text)), [text]);
    });
  }
});

describe('isBareName', () => {
  it('refuses blanks, quotes and backslashes, and nothing', () => {
    for (const name of ['', 'a b', 'a\tb', 'a"b', 'a\\b', '\n']) assert.equal(isBareName(name), false, name);
    for (const name of ['eth0', "it's", '-x', '!', '\xe9']) assert.equal(isBareName(name), true, name);
  });
});
