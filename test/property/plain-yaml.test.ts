import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readPlain } from '../../src/policy/plain-yaml.ts';
import { readAnyYaml } from '../../src/policy/yaml.ts';

const POLICIES = readdirSync('policies')
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(`policies/${name}`, 'utf8'));

/** What policies are made of, and what looks like it and is something else. */
const word = fc.constantFrom(
  ...[
    'a',
    'conn',
    'client1',
    '10.9.1.0/24',
    '1000-1999',
    'rw/0x1',
    'rw[2]',
    'a b',
    'a:b',
    'é',
    'x#y',
    'a # b',
  ],
  ...[
    '0',
    '7',
    '022',
    '0x10',
    '0o7',
    '1e3',
    '1.5',
    '.5',
    '5.',
    '1.2.3.4',
    '.inf',
    '...',
    '---',
    '+1',
    '-1',
    '-',
  ],
  ...['true', 'NO', 'null', 'Null', '~', '', ' a', 'a ', "it's", '"', '\\', '\t', 'a\nb', '\ufeff', '\u2028'],
  ...[
    '!tag',
    '*a',
    '&a',
    '@a',
    '%a',
    '|',
    '>',
    '?',
    '? a',
    ':',
    'a:',
    ': a',
    '__proto__',
    '<<',
    '{',
    ']',
    ',',
  ],
  ...['\ud83d\ude00', '\u0085', '\u00a0', 'x'.repeat(1100)],
);

const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('scalar'), tie('list'), tie('map')),
  scalar: fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
  list: fc.array(tie('value'), { maxLength: 4 }),
  map: fc.dictionary(word, tie('value'), { maxKeys: 4 }),
}));

const styled = fc
  .record({
    value,
    indent: fc.integer({ min: 1, max: 4 }),
    collectionStyle: fc.constantFrom('any' as const, 'flow' as const, 'block' as const),
    indentSeq: fc.boolean(),
    flowCollectionPadding: fc.boolean(),
    defaultStringType: fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const, 'QUOTE_SINGLE' as const),
    lineWidth: fc.constantFrom(0, 20, 80),
    directives: fc.boolean(),
  })
  .map(({ value: data, ...options }) => stringify(data, options));

const json = fc
  .record({ value, space: fc.integer({ min: 0, max: 3 }) })
  .map(({ value: data, space }) => JSON.stringify(data, undefined, space));

const SIGNS = [
  ...[' ', '  ', '\n', '\n\n', '\n ', '\n  ', ' # c\n', '#', '# c', '\t', '\r\n', '\ufeff', '\u0085'],
  ...[
    ':',
    ': ',
    ' :',
    '- ',
    '-',
    ', ',
    ',',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    "''",
    '\\',
    '\\u00e9',
    '\\/',
    '\\x41',
  ],
  ...[
    '?',
    '? ',
    '&a ',
    '*a',
    '!t ',
    '|',
    '>',
    '%',
    '@',
    '~',
    '0',
    '1',
    '.',
    '...',
    '...\n',
    '---',
    '---\n',
    '<<: ',
    'a',
  ],
];

/** Something is put in or taken out at some places. */
function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat({ max: 100_000 }),
    remove: fc.nat({ max: 3 }),
    put: fc.constantFrom('', ...SIGNS),
  });
  return fc.tuple(text, fc.array(change, { maxLength: 3 })).map(([whole, changes]) =>
    changes.reduce((now, { at, remove, put }) => {
      const place = at % (now.length + 1);
      return now.slice(0, place) + put + now.slice(place + remove);
    }, whole),
  );
}

const soup = fc
  .array(fc.oneof(fc.constantFrom(...SIGNS), word), { maxLength: 25 })
  .map((parts) => parts.join(''));

describe('the reader of plain YAML', () => {
  const texts = {
    'texts as programs print them': damaged(styled),
    JSON: damaged(json),
    'policies as people write them': damaged(fc.constantFrom(...POLICIES)),
    'signs of YAML': soup,
  };
  for (const [title, text] of Object.entries(texts)) {
    it(`reads ${title} as the parser for all of YAML does, or leaves them to it`, () => {
      let [tried, read] = [0, 0];
      fc.assert(
        fc.property(text, (written) => {
          const source = { name: 'text.yaml', text: written };
          const plain = readPlain(source);
          tried += 1;
          if (plain === undefined) return;
          read += 1;
          const { document, diagnostics } = readAnyYaml(source);
          assert.deepEqual(diagnostics, []);
          assert.deepEqual(plain, document?.root);
        }),
        { numRuns: Number(process.env['RUNS'] ?? 3000) },
      );
      // one that leaves everything to the other proves nothing
      assert.ok(read > tried / 1000, `${String(read)} of ${String(tried)}`);
    });
  }

  it('reads every policy of the examples by itself', () => {
    for (const text of POLICIES) assert.ok(readPlain({ name: 'policy.yaml', text }));
  });
});
