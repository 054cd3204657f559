import assert from 'node:assert/strict';
import type { PathStep, YamlDocument } from '../../../src/policy/document.ts';
import { readYaml } from '../../../src/policy/yaml.ts';
import { textOf } from '../../support/parsed.ts';

function documentOf(text: string): YamlDocument {
  const { document, diagnostics } = readYaml({ name: 'policy.yaml', text });
  assert.deepEqual(diagnostics, []);
  assert.ok(document);
  return document;
}

const TEXT = `list: &anchor
  - first
  - { key: "value", 7: seven, true: yes }
copy: *anchor
~: nothing
&name é: { a: 1 }
`;

describe('readYaml', () => {
  const document = documentOf(TEXT);

  it('gives the data of the text', () => {
    const list = ['first', { key: 'value', 7: 'seven', true: 'yes' }];
    assert.deepEqual(document.data, { list, copy: list, '~': 'nothing', é: { a: 1 } });
  });

  const places: readonly (readonly [readonly PathStep[], string, string])[] = [
    [['list', 0], 'first', 'first'],
    [['list', '1', 'key'], '"value"', 'key'],
    [['list', 1, '7'], 'seven', '7'],
    [['list', 1, 'true'], 'yes', 'true'],
    // through the alias, to where it leads
    [['copy'], '*anchor', 'copy'],
    [['copy', 1, 'key'], '"value"', 'key'],
    [['~'], 'nothing', '~'],
    // as far as there is something
    [
      ['list', 1, 'missing', 'deeper'],
      '{ key: "value", 7: seven, true: yes }',
      '{ key: "value", 7: seven, true: yes }',
    ],
    [['list', 0, 'deeper'], 'first', 'first'],
    [['missing'], TEXT.trimEnd(), TEXT.trimEnd()],
    [['list', 9], '- first\n  - { key: "value", 7: seven, true: yes }', 'list'],
  ];
  for (const [path, value, key] of places) {
    it(`finds the place of /${path.join('/')}, and of its key`, () => {
      assert.equal(textOf(document.spanOf(path)), value);
      assert.equal(textOf(document.keySpanOf(path)), key);
    });
  }

  it('writes nothing to the terminal by itself', () => {
    const warnings: unknown[] = [];
    const emitWarning = process.emitWarning.bind(process);
    process.emitWarning = (warning: unknown) => void warnings.push(warning);
    readYaml({ name: 'policy.yaml', text: '{ a: b }: a map for a key\n' });
    process.emitWarning = emitWarning;
    assert.deepEqual(warnings, []);
  });

  it('takes the whole text for the place of nothing', () => {
    const empty = documentOf('# nothing\n');
    assert.equal(empty.data, null);
    assert.equal(textOf(empty.spanOf([])), '# nothing\n');
    assert.equal(textOf(empty.spanOf(['a', 0])), '# nothing\n');
  });
});

describe('readYaml, of a text that is no YAML,', () => {
  function problemsOf(text: string): string[] {
    const { document, diagnostics } = readYaml({ name: 'policy.yaml', text });
    assert.equal(document, undefined);
    assert.ok(diagnostics.every(({ code }) => code === 'SM1001'));
    return diagnostics.flatMap(({ labels }) => labels.map((label) => `${textOf(label.span)}: ${label.text}`));
  }

  it("says what the parser says, in the parser's place", () => {
    assert.deepEqual(problemsOf('a: [1\nb: @x\n').slice(-1), [
      '@: Plain value cannot start with reserved character @',
    ]);
  });

  it('refuses what the parser only warns of', () => {
    for (const tag of ['!unknown', '!!binary', '!!timestamp'])
      assert.deepEqual(problemsOf(`a: ${tag} aGk=\n`), [`${tag}: is a tag, and a policy has none`]);
  });

  it('underlines a key that is there twice from end to end', () => {
    assert.deepEqual(problemsOf('some key: 1\nsome key: 2\n'), [
      'some key: is a key that this map has already',
    ]);
    assert.deepEqual(problemsOf('{ a: 1, a }'), ['a: is a key that this map has already']);
  });

  it('takes a key for a name, as it is typed', () => {
    const { data } = documentOf(
      '{ 0x10: 1, 16: 2, 1e3: 3, 010: 4, 1_000: 5, null: 6, yes: 7, __proto__: 8, constructor: 9 }',
    );
    assert.deepEqual(Object.keys(data as object), [
      '16',
      '0x10',
      '1e3',
      '010',
      '1_000',
      'null',
      'yes',
      '__proto__',
      'constructor',
    ]);
    assert.deepEqual(problemsOf('16: 1\n"16": 2\n'), ['"16": is a key that this map has already']);
  });

  it('refuses a key that is no name', () => {
    assert.deepEqual(problemsOf('? [a]\n: 1\n'), ['[: is no name, and so no key']);
  });

  it('refuses a number that means two things', () => {
    const octal = 'is an octal number to some and a decimal one to others: take the zero away';
    for (const text of ['022', '-07', '+00', '09'])
      assert.deepEqual(problemsOf(`a: [${text}]\n`), [`${text}: ${octal}`]);
    assert.deepEqual(documentOf('[0, 0.5, 0x12, 0o22, "022", 18, 1e1]').data, [
      0,
      0.5,
      18,
      18,
      '022',
      18,
      10,
    ]);
  });

  it('knows words of YAML 1.1 for words', () => {
    const words = ['yes', 'no', 'on', 'off', 'y', 'n', '0b11', '1_000', '1:30', '2026-01-01', '<<'];
    assert.deepEqual(documentOf(`[${words.join(', ')}]`).data, words);
  });

  it('refuses YAML 1.1 itself', () => {
    assert.deepEqual(problemsOf('%YAML 1.1\n---\na: 1\n'), [
      '%YAML 1.1: asks for another YAML than that of a policy, which is 1.2',
    ]);
    assert.deepEqual(documentOf('%YAML 1.2\n---\na: 1\n').data, { a: 1 });
  });

  it('says once that a text is nested too deeply, and not every mistake of one that is no policy', () => {
    const deep = problemsOf('['.repeat(100_000));
    assert.equal(deep[0], '[: is nested too deeply');
    assert.equal(deep.length, 20);
  });

  it('refuses what no YAML has, where it stands: NUL, escapes of a terminal, halves of a character', () => {
    assert.deepEqual(problemsOf('a: \0\n'), ['\0: is U+0000, which a policy may not have in it']);
    assert.deepEqual(problemsOf('# \u001b[2J\n"\ud800": \u009b'), [
      '\u001b: is U+001B, which a policy may not have in it',
      '\ud800: is U+D800, which a policy may not have in it',
      '\u009b: is U+009B, which a policy may not have in it',
    ]);
    assert.equal(problemsOf('\u0001'.repeat(100)).length, 20);
    assert.deepEqual(documentOf('a: "\u0085\u00a0\u{1f600}"\n').data, { a: '\u0085\u00a0\u{1f600}' });
  });

  it('points into the text, also where its end is what is wrong', () => {
    for (const text of ['{', '[', '"', 'a: [', "'", '%YAML 1.1']) {
      const [first] = readYaml({ name: 'policy.yaml', text }).diagnostics;
      assert.equal(first?.code, 'SM1001', text);
      const { start, end } = first.labels[0]?.span ?? { start: -1, end: -1 };
      assert.ok(0 <= start && start <= end && end <= text.length, text);
    }
  });

  it('reads behind a byte order mark, with every line end but a lone CR', () => {
    assert.deepEqual(documentOf('\ufeffa: 1\r\nb: 2\r\n').data, { a: 1, b: 2 });
    assert.equal(textOf(documentOf('\ufeffa: 1\n').keySpanOf(['a'])), 'a');
    assert.ok(problemsOf('a: 1\rb: 2\r').length > 0);
  });

  it('refuses tabs that indent', () => {
    assert.deepEqual(problemsOf('a:\n\tb: 1\n').slice(0, 1), ['\t: Tabs are not allowed as indentation']);
  });

  it('reads JSON', () => {
    assert.deepEqual(documentOf('{"a": [1, true, null, "x"], "b": {}}').data, {
      a: [1, true, null, 'x'],
      b: {},
    });
    assert.deepEqual(problemsOf('{"a": 1, "a": 2}'), ['"a": is a key that this map has already']);
  });

  it('shows where a second document starts', () => {
    assert.deepEqual(problemsOf('a: 1\n---\nb: 2\n'), ['---\nb: 2\n: starts a second document']);
  });

  it('shows every alias that has no anchor before it', () => {
    assert.deepEqual(problemsOf('a: *x\nb: [*y]\nc: &x 1\n'), [
      '*x: has no anchor &x before it',
      '*y: has no anchor &y before it',
    ]);
  });

  it('refuses aliases that would fill the memory', () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items =
        level === 0
          ? '1'
          : Array(9)
              .fill(`*l${String(level - 1)}`)
              .join(', ');
      return `l${String(level)}: &l${String(level)} [${items}]\n`;
    });
    const text = levels.join('');
    assert.ok(problemsOf(text)[0]?.startsWith(`${text}: Excessive alias count`));
  });

  it('takes a hundred uses of an anchor, its own place among them', () => {
    const aliased = (count: number): string => `a: &a 1\nb: [${Array(count).fill('*a').join(', ')}]\n`;
    assert.ok(documentOf(aliased(99)));
    assert.equal(problemsOf(aliased(100)).length, 1);
  });
});
