import assert from 'node:assert/strict';
import { readPlain } from '../../../src/policy/plain-yaml.ts';

function dataOf(text: string): unknown {
  return readPlain({ name: 'policy.yaml', text })?.value;
}

describe('readPlain', () => {
  it('reads maps and lists by lines and in brackets, words, numbers and quoted text', () => {
    const text = `--- # the first
# a comment
version: 1
entries: # in order

- conn: rw/0x1   # the same column as its key
  dst: 10.0.0.0
- { conn: "a\\u00e9\\n", 'it''s': [ 1, two words, x:y ], "c":[],
    d: {} } # the end
more:
    - - : no
`;
    assert.equal(dataOf(text), undefined);
    assert.deepEqual(dataOf(text.replace(/more:[^]*/, 'more:\n  deep: 0\n')), {
      version: 1,
      entries: [
        { conn: 'rw/0x1', dst: '10.0.0.0' },
        { conn: 'aé\n', "it's": [1, 'two words', 'x:y'], c: [], d: {} },
      ],
      more: { deep: 0 },
    });
  });

  it('reads JSON', () => {
    const data = { version: 1, entries: [{ conn: 'a"\\b', dport: [1, 2] }, []] };
    assert.deepEqual(dataOf(JSON.stringify(data)), data);
    assert.deepEqual(dataOf(JSON.stringify(data, undefined, 2)), data);
  });

  const others = {
    'an anchor': 'a: &b c\n',
    'a number with a zero in front': 'a: 022\n',
    'a fraction': 'a: 1.5\n',
    'a truth': 'a: True\n',
    'a key twice': 'a: 1\nb: 2\na: 3\n',
    'a key that objects have': '__proto__: 1\n',
    'a key without a value': 'a:\nb: 1\n',
    'a line too far to the right': 'a: 1\n  b: 2\n',
    'a list that goes on too far to the right': 'a:\n  - 1\n    - 2\n',
    'text behind a value': 'a: "b" c\n',
    'text of several lines': 'a: "b\n  c"\n',
    'text in single quotes that does not end': "a: 'b\n",
    'brackets that end too far to the left': 'a:\n  b: [\n  1 ]\n',
    'brackets without a comma': 'a: [1 2: 3]\n',
    'brackets without a colon': '{ a }\n',
    'deep brackets': `${'['.repeat(30)}${']'.repeat(30)}\n`,
    'a colon in quotes without a blank, outside of brackets': '"a":1\n',
    'a key that is too long': `"${'x'.repeat(999)}": 1\n`,
    'a word that is too long': `a: ${'x'.repeat(2000)}\n`,
    'a second document': 'a: 1\n---\nb: 1\n',
    nothing: '# nothing\n',
    'a word': 'a\n',
    'a dash without a blank': 'a:\n  -1\n',
    'a tab': 'a:\t1\n',
    'the end of lines of Windows': 'a: 1\r\n',
    'a mark of byte order': '\ufeffa: 1\n',
  };
  for (const [title, text] of Object.entries(others)) {
    it(`leaves ${title} to the parser for all of YAML`, () => {
      assert.equal(dataOf(text), undefined);
    });
  }

  it('does not take a bug of its own for something else', () => {
    const source = Object.defineProperty({ name: 'policy.yaml', text: '' }, 'text', { value: undefined });
    assert.throws(() => readPlain(source), TypeError);
  });
});
