import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readCsv } from '../../../src/policy/csv.ts';
import { textOf, wordsOf } from '../../support/parsed.ts';

function rowsOf(text: string): string[][] {
  const { rows, diagnostics } = readCsv({ name: 'clients.csv', text });
  assert.deepEqual(diagnostics, []);
  return rows.map((row) => row.map((cell) => cell.text));
}

describe('readCsv', () => {
  it('reads cells with quotes and without, and passes over blanks around them and over empty lines', () => {
    assert.deepEqual(rowsOf('a, b ,"c"\n\n1,"two, ""2""\nlines" ,\n  \n'), [
      ['a', 'b', 'c'],
      ['1', 'two, "2"\nlines', ''],
    ]);
  });

  it('takes every end of a line, a missing one, and a mark of byte order', () => {
    for (const end of ['\n', '\r\n', '\r'])
      assert.deepEqual(rowsOf(`\ufeffa,b${end}c,d`), [
        ['a', 'b'],
        ['c', 'd'],
      ]);
    assert.deepEqual(rowsOf(''), []);
  });

  it('takes semicolons where the first line has them and no comma', () => {
    assert.deepEqual(rowsOf('a;b\n1,5;2\n'), [
      ['a', 'b'],
      ['1,5', '2'],
    ]);
    assert.deepEqual(rowsOf('a;b,c\n'), [['a;b', 'c']]);
  });

  it('knows the place of a cell with its quotes', () => {
    const { rows } = readCsv({ name: 'clients.csv', text: 'a, "b" \n' });
    assert.deepEqual(
      rows.flat().map(({ span }) => textOf(span)),
      ['a', '"b"'],
    );
  });

  const badQuotes = { 'a"b,c\n': 'a"b', '"a" b\n': '"a" b', 'a,"b\nc': '"b' };
  for (const [text, cell] of Object.entries(badQuotes)) {
    it(`refuses the quotes of ${JSON.stringify(text)}`, () => {
      const { rows, diagnostics } = readCsv({ name: 'clients.csv', text });
      assert.deepEqual(rows, []);
      assert.deepEqual(diagnostics.map(wordsOf), [
        `SM1004 ${cell}: has a quote that does not go with its others`,
      ]);
    });
  }

  it('reads what RFC 4180 writes', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ' ', '"', ',', ';', '\n', '\r', 'é'), maxLength: 6 });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(table, (rows) => {
        const lines = rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(','));
        assert.deepEqual(rowsOf(`"x,"\n${lines.join('\r\n')}`).slice(1), rows);
      }),
    );
  });
});
