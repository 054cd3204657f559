import assert from 'node:assert/strict';
import type { Diagnostic } from '../../../../src/diagnostics/diagnostic.ts';
import { checkDuplicateEntry } from '../../../../src/policy/checks/duplicate-entry.ts';
import { policyOf, wordsOf } from '../../../support/parsed.ts';

function check(...entries: readonly string[]): Diagnostic[] {
  const lines = entries.map((entry) => `  - { ${entry} }\n`).join('');
  return checkDuplicateEntry(policyOf(`version: 1\nsarefs: {}\nentries:\n${lines}`));
}

/** Second and first of each pair, by number of entry. */
function pairs(...entries: readonly string[]): string[] {
  return check(...entries).map(({ labels }) =>
    labels.map(({ span }) => span.source.text.slice(0, span.start).split('\n').length - 3).join(' like '),
  );
}

const NET = 'dst: 192.168.0.0/24';

describe('checkDuplicateEntry', () => {
  it('refuses an entry that an earlier one leaves no packets', () => {
    const diagnostics = check(`conn: a, ${NET}`, `conn: b, ${NET}`);
    assert.deepEqual(diagnostics.map(wordsOf), [
      'SM1302 b: matches the same packets / a: as this entry, which comes first and decides',
    ]);
    assert.match(String(diagnostics[0]?.help), /^give one of them another network.*\ndown: skip$/);
  });

  it('says to delete one where both are of one conn', () => {
    assert.equal(check(`conn: a, ${NET}`, `conn: a, ${NET}`)[0]?.help, 'delete one of the two');
  });

  it('compares networks and not their texts', () => {
    assert.deepEqual(pairs(`conn: a, ${NET}`, `conn: b, src: 0.0.0.0/0, ${NET}`), ['2 like 1']);
    assert.deepEqual(pairs('conn: a, src: 10.9.1.1', 'conn: b, src: 10.9.1.1/32'), ['2 like 1']);
  });

  it('tells source from destination', () => {
    assert.deepEqual(pairs('conn: a, src: 10.9.1.1', 'conn: b, dst: 10.9.1.1'), []);
  });

  it('does not mind networks that only overlap', () => {
    assert.deepEqual(pairs('conn: a, dst: 192.168.0.0/24', 'conn: b, dst: 192.168.0.0/25'), []);
  });

  it('names the first one to every later one', () => {
    assert.deepEqual(pairs(`conn: a, ${NET}`, `conn: b, ${NET}`, `conn: c, ${NET}`), [
      '2 like 1',
      '3 like 1',
    ]);
  });

  it('takes an entry that steps aside for the first of a failover pair', () => {
    assert.deepEqual(pairs(`conn: a, ${NET}, down: skip`, `conn: b, ${NET}`), []);
    assert.deepEqual(
      pairs(`conn: a, ${NET}, down: skip`, `conn: b, ${NET}, down: skip`, `conn: c, ${NET}`),
      [],
    );
  });

  it('does not mind that the same conn blocks what its entry has stepped aside from', () => {
    assert.deepEqual(
      pairs(`conn: a, ${NET}, down: skip`, `conn: b, ${NET}, down: skip`, `conn: a, ${NET}, down: block`),
      [],
    );
  });

  it('refuses a second entry that steps aside for the same conn', () => {
    assert.deepEqual(
      pairs(`conn: a, ${NET}, down: skip`, `conn: b, ${NET}, down: skip`, `conn: a, ${NET}, down: skip`),
      ['3 like 1'],
    );
  });

  it('refuses whatever stands behind an entry that blocks', () => {
    assert.deepEqual(
      pairs(
        `conn: a, ${NET}, down: skip`,
        `conn: b, ${NET}`,
        `conn: a, ${NET}, down: skip`,
        `conn: c, ${NET}`,
      ),
      ['3 like 2', '4 like 2'],
    );
  });

  it('leaves networks that cannot be read to another check', () => {
    assert.deepEqual(pairs('conn: a, dst: nonsense', 'conn: b, dst: nonsense'), []);
    assert.deepEqual(pairs('conn: a, dst: 10.9.1.1/24', 'conn: b, dst: 10.9.1.1/24'), []);
  });
});
