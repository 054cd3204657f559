import assert from 'node:assert/strict';
import { durationText, toDuration } from '../../../src/state/duration.ts';

describe('toDuration', () => {
  const rows = [
    ['90', 90],
    ['90s', 90],
    ['2m', 120],
    ['1h', 3600],
    ['0s', undefined],
    ['', undefined],
    ['1d', undefined],
    ['-5', undefined],
    ['1.5m', undefined],
    ['123456', undefined],
  ] as const;
  for (const [text, seconds] of rows) {
    it(`takes '${text}' for ${String(seconds)} seconds`, () => {
      assert.equal(toDuration(text), seconds);
    });
  }
});

describe('durationText', () => {
  const rows = [
    [0, '0 s'],
    [-3, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [125, '2 min 5 s'],
    [3600, '1 h'],
    [3725, '1 h 2 min'],
    [90_000, '1 d 1 h'],
  ] as const;
  for (const [seconds, text] of rows) {
    it(`says ${text} for ${String(seconds)} seconds`, () => {
      assert.equal(durationText(seconds), text);
    });
  }
});
