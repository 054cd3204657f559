import assert from 'node:assert/strict';
import { lineTextOf, placeOf, positionOf } from '../../../src/diagnostics/source.ts';
import type { Position, Source, Span } from '../../../src/diagnostics/source.ts';

function source(text: string): Source {
  return { name: 'policies/site.yaml', text };
}

function spanAt(text: string, start: number): Span {
  return { source: source(text), start, end: start + 1 };
}

describe('positionOf', () => {
  const text = 'one\ntwo\n\nfour';
  const places: readonly (readonly [number, Position])[] = [
    [0, { line: 1, column: 1 }],
    [2, { line: 1, column: 3 }],
    // the newline belongs to the line that it ends
    [3, { line: 1, column: 4 }],
    [4, { line: 2, column: 1 }],
    [8, { line: 3, column: 1 }],
    [9, { line: 4, column: 1 }],
    [12, { line: 4, column: 4 }],
    [text.length, { line: 4, column: 5 }],
  ];
  for (const [start, position] of places) {
    it(`counts character ${String(start)} as ${String(position.line)}:${String(position.column)}`, () => {
      assert.deepEqual(positionOf(spanAt(text, start)), position);
    });
  }

  it('is at the start of an empty text', () => {
    assert.deepEqual(positionOf(spanAt('', 0)), { line: 1, column: 1 });
  });
});

describe('placeOf', () => {
  it('is what editors link to', () => {
    assert.equal(placeOf(spanAt('version: 1\nsarefs:', 13)), 'policies/site.yaml:2:3');
  });
});

describe('lineTextOf', () => {
  it('gives a line without its ending', () => {
    const lines = [1, 2, 3, 4].map((line) => lineTextOf(source('one\ntwo\r\nthree'), line));
    assert.deepEqual(lines, ['one', 'two', 'three', '']);
  });

  it('keeps a carriage return inside of a line', () => {
    assert.equal(lineTextOf(source('a\rb\r\n'), 1), 'a\rb');
  });
});
