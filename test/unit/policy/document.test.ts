import assert from 'node:assert/strict';
import type { PathStep, YamlDocument } from '../../../src/policy/document.ts';
import { readYaml } from '../../../src/policy/document.ts';
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
&name é: { *name : 1 }
{ a: b }: map
`;

describe('readYaml', () => {
  const document = documentOf(TEXT);

  it('gives the data of the text', () => {
    const list = ['first', { key: 'value', 7: 'seven', true: 'yes' }];
    const { data } = documentOf(TEXT.replace(/^\{.*\n/m, ''));
    assert.deepEqual(data, { list, copy: list, '': 'nothing', é: { é: 1 } });
  });

  const places: readonly (readonly [readonly PathStep[], string, string])[] = [
    [['list', 0], 'first', 'first'],
    [['list', '1', 'key'], '"value"', 'key'],
    [['list', 1, '7'], 'seven', '7'],
    [['list', 1, 'true'], 'yes', 'true'],
    // through the alias, to where it leads
    [['copy'], '*anchor', 'copy'],
    [['copy', 1, 'key'], '"value"', 'key'],
    [[''], 'nothing', '~'],
    // as far as there is something
    [
      ['list', 1, 'missing', 'deeper'],
      '{ key: "value", 7: seven, true: yes }',
      '{ key: "value", 7: seven, true: yes }',
    ],
    [['list', 0, 'deeper'], 'first', 'first'],
    [['missing'], TEXT, TEXT],
    [['list', 9], TEXT, TEXT],
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
    documentOf('{ a: b }: a map for a key\n');
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
    assert.deepEqual(problemsOf('a: !unknown 1\n'), ['!unknown: Unresolved tag: !unknown']);
  });

  it('underlines a key that is there twice from end to end', () => {
    assert.deepEqual(problemsOf('some key: 1\nsome key: 2\n'), [
      'some key: is a key that this map has already',
    ]);
    assert.deepEqual(problemsOf('{ a: 1, a }'), ['a }: is a key that this map has already']);
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
