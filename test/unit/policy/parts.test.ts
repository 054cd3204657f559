import assert from 'node:assert/strict';
import type { Source } from '../../../src/diagnostics/source.ts';
import { placeOf } from '../../../src/diagnostics/source.ts';
import type { PolicyReading } from '../../../src/policy/parse.ts';
import { parseParts } from '../../../src/policy/parse.ts';
import { readYaml } from '../../../src/policy/yaml.ts';
import { wordsOf } from '../../support/parsed.ts';

/** With the tables of those that name one. */
function readingOf(texts: readonly string[], tables: readonly (string | undefined)[] = []): PolicyReading {
  const parts = texts.map((text, index) => {
    const { document } = readYaml({ name: `${String(index)}.yaml`, text });
    assert.ok(document);
    const table = tables[index];
    const source: Source | undefined =
      table === undefined ? undefined : { name: `${String(index)}.csv`, text: table };
    return { document, table: source };
  });
  return parseParts(parts);
}

const ONE = `version: 1
tracking: flow
sarefs: { a: 1 }
networks: { lab: 172.20.0.0/16 }
entries:
  - { conn: a, dst: lab }
  - { conn: b, dst: 10.1.0.0/16 }
`;
const OTHER = 'version: 1\nsarefs: { b: 2 }\nnetworks: { office: 10.9.0.0/16 }\nentries: { file: x.csv }\n';
const TABLE = 'conn,dst,proto,dport,description\nb,office lab,udp,53 1000-1999,17\na,10.2.0.1,6,,\n';

describe('parseParts', () => {
  it('unites entries, SArefs and networks, each in its own place', () => {
    const { policy, diagnostics } = readingOf([ONE, '# nothing\n', OTHER], [undefined, undefined, TABLE]);
    assert.deepEqual(diagnostics, []);
    assert.ok(policy && policy.sarefs !== 'pluto');
    assert.deepEqual(
      policy.entries.map(({ conn }) => `${conn.value} ${placeOf(conn.span)}`),
      ['a 0.yaml:6:13', 'b 0.yaml:7:13', 'b 2.csv:2:1', 'a 2.csv:3:1'],
    );
    assert.deepEqual(
      policy.sarefs.map(({ conn }) => placeOf(conn.span)),
      ['0.yaml:3:11', '2.yaml:2:11'],
    );
    assert.deepEqual(
      policy.networks.map(({ name }) => name.value),
      ['lab', 'office'],
    );
    assert.equal(policy.tracking, 'flow');
  });

  it('reads lists and numbers in the cells of a table, each item in its place', () => {
    const { policy } = readingOf([ONE, OTHER], [undefined, TABLE]);
    const [, , entry, last] = policy?.entries ?? [];
    assert.deepEqual(
      entry?.dst?.map(({ span }) => placeOf(span)),
      ['1.csv:2:3', '1.csv:2:10'],
    );
    assert.deepEqual(
      entry.dport?.map(({ value }) => value),
      [
        { first: 53, last: 53 },
        { first: 1000, last: 1999 },
      ],
    );
    assert.equal(entry.description, '17');
    assert.deepEqual([last?.protocol?.value, last?.dport, last?.description], [6, undefined, undefined]);
  });

  const mistakes: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
    'a conn with two SArefs': [
      [ONE, 'sarefs: { a: 3 }\n'],
      ['SM1005 a: is said here / a: and in this file, which comes first'],
    ],
    'a map of SArefs and pluto': [
      [ONE, 'sarefs: pluto\n'],
      ['SM1005 sarefs: is said here / sarefs: and in this file, which comes first'],
    ],
    'a setting that is said twice': [
      [ONE, 'tracking: flow\n'],
      ['SM1005 tracking: is said here / tracking: and in this file, which comes first'],
    ],
    'another version': [
      [ONE, 'version: 2\n'],
      ['SM1005 version: is said here / version: and in this file, which comes first'],
    ],
    'entries that are no list': [
      [ONE, 'entries: 7\n'],
      [
        'SM1002 7: must be a list of entries, of which the first that matches a packet decides, or { file } with a table of them',
      ],
    ],
    'a part that is no map': [[ONE, '- 7\n'], ['SM1002 - 7: must be a map']],
    'a table that nobody has': [
      ['version: 1\nentries: { file: x.csv }\n'],
      ['SM1008 x.csv: is next to which file?'],
    ],
    'parts that say nothing': [
      ['# nothing\n'],
      ['SM1002 : the policy lacks version:', 'SM1002 : the policy lacks entries:'],
    ],
  };
  for (const [title, [texts, words]] of Object.entries(mistakes)) {
    it(`refuses ${title}`, () => {
      const { policy, diagnostics } = readingOf(texts);
      assert.equal(policy, undefined);
      assert.deepEqual(diagnostics.map(wordsOf), words);
    });
  }

  it('stops counting the mistakes of a table that is none', () => {
    const table = `conn\n${'a,b\n'.repeat(100)}`;
    assert.equal(readingOf(['version: 1\nentries: { file: x.csv }\n'], [table]).diagnostics.length, 20);
  });
});
